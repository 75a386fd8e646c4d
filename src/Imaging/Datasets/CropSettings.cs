namespace InfAdmm.Imaging.Datasets;

/// <summary>How training crops are varied.</summary>
public enum Augmentation
{
    /// <summary>They stay as they are.</summary>
    None,

    /// <summary>Half of them are mirrored, left and right.</summary>
    Mirror,

    /// <summary>Mirror images and turns by 90°, all eight alike.</summary>
    All,
}

/// <summary>What training crops are like.</summary>
/// <param name="Seed">With the batch's number it decides every draw.</param>
/// <param name="Size">Height and width in pixels; smaller images are left out.</param>
/// <param name="Batch">Crops a batch.</param>
/// <param name="Channels">
/// 1 for grey (0.299 R + 0.587 G + 0.114 B of a colour image), 3 for colour (a grey image three times).
/// </param>
public sealed record CropSettings(ulong Seed, int Size, int Batch, int Channels)
{
    /// <summary>How a crop may be laid.</summary>
    public Augmentation Augmentation { get; init; } = Augmentation.All;

    /// <summary>
    /// Decoded images are kept, a byte a sample, until they are so many; the rest is decoded whenever drawn.
    /// </summary>
    public long CacheBytes { get; init; } = 512L << 20;
}
