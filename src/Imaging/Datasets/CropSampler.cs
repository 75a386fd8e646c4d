using System.Collections.Concurrent;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;

namespace InfAdmm.Imaging.Datasets;

/// <summary>
/// Training crops: squares at random places of random images, every image as likely as another, mirrored and turned.
/// Batch b is a function of (seed, b) alone, whatever was read before and however many threads read, so that training
/// that resumes sees the same crops bit for bit.
/// </summary>
public sealed class CropSampler
{
    private readonly IImageSet _images;
    private readonly CropSettings _settings;
    private readonly Action<string> _report;
    private readonly SkippingImages _reader;
    private readonly ConcurrentQueue<string> _unreported = new();
    private readonly ByteImage?[] _cache;
    private long _cachedBytes;

    /// <summary>A sampler; it reads images when crops of them are asked for.</summary>
    /// <param name="images">The training part of a set.</param>
    /// <param name="settings">What the crops are like.</param>
    /// <param name="report">
    /// Is given a line for each image that is skipped, damaged or smaller than a crop, on the thread that asks for
    /// crops.
    /// </param>
    public CropSampler(IImageSet images, CropSettings settings, Action<string> report)
    {
        if (settings.Channels is not (1 or 3))
        {
            throw new ArgumentOutOfRangeException(nameof(settings), settings.Channels, "crops are grey or in colour");
        }

        Shape = new Shape(settings.Batch, settings.Channels, settings.Size, settings.Size).Validated();
        _images = images;
        _settings = settings;
        _report = report;
        _reader = new SkippingImages(images, _unreported.Enqueue);
        _cache = new ByteImage?[images.Count];
    }

    /// <summary>(batch, channels, size, size).</summary>
    public Shape Shape { get; }

    /// <summary>Writes batch <paramref name="batch"/>, values in [0, 1], as many as the shape has.</summary>
    /// <exception cref="InputException">No image can be used.</exception>
    public void Fill(long batch, Span<float> crops)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(crops.Length, (int)Shape.Count);
        int length = crops.Length / Shape.N;
        try
        {
            for (int i = 0; i < Shape.N; i++)
            {
                FillOne(batch, i, crops.Slice(i * length, length));
            }
        }
        finally
        {
            Report();
        }
    }

    /// <summary>Batches from <paramref name="first"/> on, cut in the background.</summary>
    /// <param name="first">The first batch's number: 0, or the count of those before a resumed run.</param>
    /// <param name="threads">How many cut, 1 or 2.</param>
    /// <param name="ahead">How many batches may wait.</param>
    public CropReader Read(long first, int threads = 1, int ahead = 4) => new(this, first, threads, ahead);

    /// <summary>Writes one crop of a batch.</summary>
    internal void FillOne(long batch, int index, Span<float> crop)
    {
        var random = new CounterRandom(_settings.Seed, (ulong)batch, (ulong)index);
        int size = _settings.Size;

        // Images that cannot be used are drawn and refused again at every turn: were they taken off the list when
        // found, the draws would depend on what was read before.
        ByteImage? image = null;
        while (image is null)
        {
            if (_reader.Skipped == _images.Count)
            {
                throw new InputException(
                    $"no picture of {_images.Description} can be read and has {size}x{size} pixels: " +
                    "give larger pictures or a smaller crop");
            }

            image = Load(random.Next(_images.Count));
        }

        int top = random.Next(image.Height - size + 1);
        int left = random.Next(image.Width - size + 1);
        Orientation orientation = _settings.Augmentation switch
        {
            Augmentation.All => new Orientation(random.Next(Orientation.Count)),
            Augmentation.Mirror => random.Next(2) == 0 ? Orientation.Upright : Orientation.Mirrored,
            _ => Orientation.Upright,
        };
        image.Crop(top, left, size, orientation, crop);
    }

    /// <summary>Tells of the images that were skipped since the last time.</summary>
    internal void Report()
    {
        while (_unreported.TryDequeue(out string? line))
        {
            _report(line);
        }
    }

    private ByteImage? Load(int index)
    {
        if (Volatile.Read(ref _cache[index]) is { } cached)
        {
            return cached;
        }

        if (!_reader.TryLoad(index, out PlanarImage? decoded))
        {
            return null;
        }

        int size = _settings.Size;
        if (decoded.Shape.H < size || decoded.Shape.W < size)
        {
            string found = $"{decoded.Shape.W}x{decoded.Shape.H}";
            _reader.Skip(index, $"'{_images.Name(index)}' has {found} pixels, less than a crop's {size}x{size}");
            return null;
        }

        return Keep(index, ByteImage.Create(decoded, _settings.Channels));
    }

    /// <summary>
    /// Keeps the first images that fit. With uniform draws no other rule finds an image more often, and none is freed
    /// and decoded over and over.
    /// </summary>
    private ByteImage Keep(int index, ByteImage image)
    {
        if (Interlocked.Add(ref _cachedBytes, image.Bytes) > _settings.CacheBytes)
        {
            Interlocked.Add(ref _cachedBytes, -image.Bytes);
            return image;
        }

        // Two threads may have read the same image: then one copy stays.
        if (Interlocked.CompareExchange(ref _cache[index], image, null) is { } earlier)
        {
            Interlocked.Add(ref _cachedBytes, -image.Bytes);
            return earlier;
        }

        return image;
    }
}
