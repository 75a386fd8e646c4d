using System.Security.Cryptography;
using System.Text;
using InfAdmm.Engine;
using InfAdmm.Imaging.Datasets;
using InfAdmm.Imaging.Files;

namespace InfAdmm.Imaging.Priors;

/// <summary>
/// The images that a prior is trained on: crops of the training part of a data set, and some held-out images for
/// validation. Pass <see cref="Fill"/> and <see cref="Validation"/> to a <see cref="PriorTrainer"/>.
/// </summary>
public sealed class PriorImages : IDisposable
{
    private const int MostHeldOut = 16;
    private const int LargestValidation = 160;

    private readonly CropSampler _sampler;
    private CropReader? _reader;
    private long _next;

    /// <summary>Opens a data set.</summary>
    /// <param name="path">The file or folder of the data set.</param>
    /// <param name="options">The training options, which determine the crops.</param>
    /// <param name="skipped">Called with a message for each image that is skipped, which names it.</param>
    /// <param name="group">The processes that share a batch, each a part of its crops; null for a single one.</param>
    /// <exception cref="InputException">
    /// There are too few images, all are too small, or the processes cannot share a batch equally.
    /// </exception>
    public PriorImages(
        string path, PriorTrainingOptions options, Action<string>? skipped = null, ProcessGroup? group = null)
    {
        options.Check();
        group ??= ProcessGroup.Alone;
        int share = options.ShareOf(group);
        skipped ??= _ => { };
        IImageSet all = ImageSets.Open(path, DataSplit.Train);
        if (all.Count < 2)
        {
            throw new InputException(
                $"'{path}': one image is not enough to train and to validate; at least two are needed")
            {
                Parameter = "data",
            };
        }

        (IImageSet others, IImageSet heldOut) =
            ImageSubset.HoldOut(all, Math.Clamp(all.Count / 10, 1, MostHeldOut));
        Description = others.Description;
        Fingerprint = FingerprintOf(others);
        var settings = new CropSettings(options.Seed, options.Batch.H, share, options.Batch.C)
        {
            Augmentation = options.Task.Augmentation,
            First = group.Rank * share,
        };
        _sampler = new CropSampler(others, settings, skipped);
        Validation = Stack(heldOut, settings, options.Multiple, skipped);
    }

    /// <summary>A description of the images found.</summary>
    public string Description { get; }

    /// <summary>
    /// A hash of the names of all images in their order, and of what else tells them apart
    /// (<see cref="IImageSet.Fingerprint"/>): the same for the same data set, wherever it lies.
    /// </summary>
    public string Fingerprint { get; }

    /// <summary>The held-out images, cropped from their centres to one size.</summary>
    public (float[] Values, Shape Shape) Validation { get; }

    /// <summary>See <see cref="TrainingImages"/>. Consecutive batches are cut in the background.</summary>
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

    /// <summary>Stops reading.</summary>
    public void Dispose() => _reader?.Dispose();

    private static string FingerprintOf(IImageSet images)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int i = 0; i < images.Count; i++)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(images.Fingerprint(i) + "\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }

    private static (float[] Values, Shape Shape) Stack(
        IImageSet set, CropSettings settings, int multiple, Action<string> skipped)
    {
        PlanarImage[] images =
        [
            .. new SkippingImages(set, skipped).All().Select(entry => entry.Image)
                .Where(image => Math.Min(image.Shape.H, image.Shape.W) >= settings.Size),
        ];
        if (images.Length == 0)
        {
            throw new InputException(
                $"no image held out for validation has {settings.Size}x{settings.Size} pixels: use larger images or " +
                "smaller crops")
            {
                Parameter = "crop",
            };
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
                (image.H - size) / 2, (image.W - size) / 2, size, Orientation.Upright,
                values.AsSpan(i * length, length));
        }

        return (values, shape);
    }
}
