using System.Collections.Concurrent;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;

namespace InfAdmm.Imaging.Datasets;

/// <summary>
/// Training crops: squares at uniformly random positions in uniformly random images, mirrored and rotated. Batch b
/// depends only on (seed, b), not on what was read before or on the number of threads, so that a resumed training run
/// sees exactly the same crops.
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

    /// <summary>Creates a sampler, which reads images only when it needs crops of them.</summary>
    /// <param name="images">The training part of a set.</param>
    /// <param name="settings">Size, count and augmentation of the crops.</param>
    /// <param name="report">
    /// Receives one line for each image that is skipped, because it is damaged or smaller than a crop, on the thread
    /// that asks for crops.
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

    /// <summary>The shape of a batch: (batch, channels, size, size).</summary>
    public Shape Shape { get; }

    /// <summary>Computes one batch on the calling thread.</summary>
    /// <param name="batch">The number of the batch, from 0.</param>
    /// <param name="crops">Receives values in [0, 1], as many as <see cref="Shape"/> has.</param>
    /// <exception cref="InputException">Every image is damaged or too small.</exception>
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

    /// <summary>Reads batches in order with background threads.</summary>
    /// <param name="first">
    /// The number of the first batch: 0, or for a resumed run the number of earlier batches.
    /// </param>
    /// <param name="threads">The number of threads; at least 1.</param>
    /// <param name="ahead">The number of finished batches that may be queued; at least 1.</param>
    public CropReader Read(long first, int threads = 1, int ahead = 4) => new(this, first, threads, ahead);

    /// <summary>Writes one crop of a batch.</summary>
    internal void FillOne(long batch, int index, Span<float> crop)
    {
        var random = new CounterRandom(_settings.Seed, (ulong)batch, (ulong)(_settings.First + index));
        int size = _settings.Size;

        // Unusable images stay in the draw and are rejected each time. If they were removed when found, the draws would
        // depend on what was read before.
        ByteImage? image = null;
        while (image is null)
        {
            if (_reader.Skipped == _images.Count)
            {
                throw new InputException(
                    $"no picture of {_images.Description} is readable and has at least {size}x{size} pixels: " +
                    "give larger pictures or choose smaller crops");
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

    /// <summary>Reports the images that were skipped since the last call.</summary>
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
            _reader.Skip(index, $"'{_images.Name(index)}' has {found} pixels, fewer than a crop of {size}x{size}");
            return null;
        }

        return Keep(index, ByteImage.Create(decoded, _settings.Channels));
    }

    /// <summary>
    /// Keeps the first images that fit, and never replaces them: with uniform draws, no other rule has more hits.
    /// </summary>
    private ByteImage Keep(int index, ByteImage image)
    {
        if (Interlocked.Add(ref _cachedBytes, image.Bytes) > _settings.CacheBytes)
        {
            Interlocked.Add(ref _cachedBytes, -image.Bytes);
            return image;
        }

        // If two threads read the same image, one copy is kept.
        if (Interlocked.CompareExchange(ref _cache[index], image, null) is { } earlier)
        {
            Interlocked.Add(ref _cachedBytes, -image.Bytes);
            return earlier;
        }

        return image;
    }
}
