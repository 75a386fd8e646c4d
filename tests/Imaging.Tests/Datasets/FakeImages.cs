using InfAdmm.Engine;
using InfAdmm.Imaging.Datasets;
using InfAdmm.Imaging.Files;

namespace InfAdmm.Imaging.Tests;

/// <summary>Images in memory; by default of one pixel, the image's index.</summary>
internal sealed class FakeImages(int count, Func<int, PlanarImage>? load = null) : IImageSet
{
    private int _loads;

    public string Description => "fake";

    public int Count => count;

    /// <summary>The number of images read.</summary>
    public int Loads => Volatile.Read(ref _loads);

    public string Name(int index) => $"{index}";

    public PlanarImage Load(int index)
    {
        Interlocked.Increment(ref _loads);
        return load is null ? new PlanarImage([index], new Shape(1, 1, 1, 1)) : load(index);
    }
}
