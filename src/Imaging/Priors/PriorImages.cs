using InfAdmm.Engine;
using InfAdmm.Imaging.Datasets;
using InfAdmm.Imaging.Files;

namespace InfAdmm.Imaging.Priors;

/// <summary>
/// The images of a prior's training: crops of a data set's training part, and some of its images held out for
/// validation.
/// </summary>
public sealed class PriorImages : IDisposable
{
    private const int MostHeldOut = 16;
    private const int LargestValidation = 160;

    private readonly CropSampler _sampler;
    private CropReader? _reader;
    private long _next;

    /// <summary>Opens a data set.</summary>
    /// <param name="path">The data set.</param>
    /// <param name="settings">What the crops are like.</param>
    /// <param name="multiple">What both sides of an image must be multiples of.</param>
    /// <param name="report">Is given a line for each image that is skipped.</param>
    /// <exception cref="InputException">There are too few images, or too small ones.</exception>
    public PriorImages(string path, CropSettings settings, int multiple, Action<string> report)
    {
        IImageSet all = ImageSets.Open(path, DataSplit.Train);
        if (all.Count < 2)
        {
            throw new InputException(
                $"--data {path}: one image is too few to train on and to validate with; give at least two");
        }

        (IImageSet others, IImageSet heldOut) =
            ImageSubset.HoldOut(all, Math.Clamp(all.Count / 10, 1, MostHeldOut));
        Description = others.Description;
        _sampler = new CropSampler(others, settings, report);
        Validation = Stack(heldOut, settings, multiple, report);
    }

    /// <summary>What was found.</summary>
    public string Description { get; }

    /// <summary>The images held out, cut from their middles to one size.</summary>
    public (float[] Values, Shape Shape) Validation { get; }

    /// <summary>See <see cref="TrainingImages"/>. Batches that follow on each other are cut in the background.</summary>
    public void Fill(long batch, Span<float> images)
    {
        if (_reader is null || batch != _next)
        {
            _reader?.Dispose();
            _reader = _sampler.Read(batch);
        }

        _reader.Next().CopyTo(images);
        _next = batch + 1;
    }

    /// <summary>Ends the reading.</summary>
    public void Dispose() => _reader?.Dispose();

    private static (float[] Values, Shape Shape) Stack(
        IImageSet set, CropSettings settings, int multiple, Action<string> report)
    {
        PlanarImage[] images =
        [
            .. new SkippingImages(set, report).All().Select(entry => entry.Image)
                .Where(image => Math.Min(image.Shape.H, image.Shape.W) >= settings.Size),
        ];
        if (images.Length == 0)
        {
            throw new InputException(
                $"no picture held out for validation has {settings.Size}x{settings.Size} pixels: give larger pictures " +
                "or a smaller --crop");
        }

        int smallest = images.Min(image => Math.Min(image.Shape.H, image.Shape.W));
        int size = Math.Min(smallest, Math.Max(LargestValidation, settings.Size)) / multiple * multiple;
        var shape = new Shape(images.Length, settings.Channels, size, size);
        float[] values = new float[shape.Count];
        int length = values.Length / images.Length;
        for (int i = 0; i < images.Length; i++)
        {
            Shape image = images[i].Shape;
            ByteImage.Create(images[i], settings.Channels).Crop(
                (image.H - size) / 2, (image.W - size) / 2, size, new Orientation(0), values.AsSpan(i * length, length));
        }

        return (values, shape);
    }
}
