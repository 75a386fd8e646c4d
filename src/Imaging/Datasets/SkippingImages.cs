using System.Diagnostics.CodeAnalysis;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;

namespace InfAdmm.Imaging.Datasets;

/// <summary>Reads a set without its damaged pictures, each of which is reported once. Any thread may read.</summary>
/// <param name="images">The set.</param>
/// <param name="report">Is given the line that names the file and what is wrong with it.</param>
public sealed class SkippingImages(IImageSet images, Action<string> report)
{
    private readonly HashSet<int> _skipped = [];
    private readonly Lock _lock = new();

    /// <summary>How many pictures were skipped so far.</summary>
    public int Skipped
    {
        get
        {
            lock (_lock)
            {
                return _skipped.Count;
            }
        }
    }

    /// <summary>All images that can be read, in order.</summary>
    /// <exception cref="InputException">None can be.</exception>
    public IEnumerable<(int Index, PlanarImage Image)> All()
    {
        for (int i = 0; i < images.Count; i++)
        {
            if (TryLoad(i, out PlanarImage? image))
            {
                yield return (i, image);
            }
        }

        if (Skipped == images.Count)
        {
            throw new InputException($"no picture of {images.Description} can be read: give whole files");
        }
    }

    /// <summary>Reads an image; false if it is damaged, now or before.</summary>
    public bool TryLoad(int index, [NotNullWhen(true)] out PlanarImage? image)
    {
        image = null;
        lock (_lock)
        {
            if (_skipped.Contains(index))
            {
                return false;
            }
        }

        try
        {
            image = images.Load(index);
            return true;
        }
        catch (InputException complaint)
        {
            Skip(index, complaint.Message);
            return false;
        }
    }

    /// <summary>Leaves an image out for another reason.</summary>
    public void Skip(int index, string reason)
    {
        lock (_lock)
        {
            if (_skipped.Add(index))
            {
                report($"skipped: {reason}");
            }
        }
    }
}
