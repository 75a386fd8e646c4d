using System.Diagnostics.CodeAnalysis;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;

namespace InfAdmm.Imaging.Datasets;

/// <summary>
/// Reads a set and skips pictures that cannot be read, whatever went wrong, reporting each of them once. Several threads
/// may read.
/// </summary>
/// <param name="images">The set.</param>
/// <param name="report">Receives one line for each skipped picture, with its file and the problem.</param>
public sealed class SkippingImages(IImageSet images, Action<string> report)
{
    private readonly HashSet<int> _skipped = [];
    private readonly Lock _lock = new();

    /// <summary>The number of pictures skipped so far.</summary>
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

    /// <summary>All readable images, in order.</summary>
    /// <exception cref="InputException">No image is readable; thrown at the end.</exception>
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
            throw new InputException($"no picture of {images.Description} can be read: give intact files");
        }
    }

    /// <summary>Reads an image; false if it is skipped, now or earlier.</summary>
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
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            Skip(index, failure);
            return false;
        }
    }

    /// <summary>Skips an image because of an exception, which does not name it.</summary>
    public void Skip(int index, Exception failure) => Skip(
        index,
        $"'{images.Name(index)}': " +
        (failure is OutOfMemoryException ? "there is not enough memory for it" : failure.Message));

    /// <summary>Skips an image for a reason that the caller states.</summary>
    /// <param name="index">The image.</param>
    /// <param name="reason">A message that names the image and the problem.</param>
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
