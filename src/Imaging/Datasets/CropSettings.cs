using InfAdmm.Imaging.Metrics;

namespace InfAdmm.Imaging.Datasets;

/// <summary>How training crops are randomly mirrored and rotated.</summary>
public enum Augmentation
{
    /// <summary>Crops keep their orientation. For digits and text, whose meaning changes when mirrored.</summary>
    None,

    /// <summary>
    /// Half of the crops are mirrored left to right. For photographs with a fixed vertical direction.
    /// </summary>
    Mirror,

    /// <summary>All eight combinations of mirroring and rotation by 90°, with equal probability.</summary>
    All,
}

/// <summary>Settings of training crops.</summary>
/// <param name="Seed">Together with the number of a batch, it determines every crop.</param>
/// <param name="Size">Height and width in pixels; smaller images are skipped.</param>
/// <param name="Batch">The number of crops in a batch.</param>
/// <param name="Channels">
/// 1 for grey (colours are converted by <see cref="Luma"/>), 3 for colour (a grey image three times).
/// </param>
public sealed record CropSettings(ulong Seed, int Size, int Batch, int Channels)
{
    /// <summary>How crops are mirrored and rotated.</summary>
    public Augmentation Augmentation { get; init; } = Augmentation.All;

    /// <summary>
    /// The number of the first crop: a batch has crops First to First + Batch − 1 of a larger one that processes share.
    /// </summary>
    public int First { get; init; }

    /// <summary>
    /// The memory for decoded images, in bytes, one byte per sample. Images that do not fit are decoded each time they
    /// are drawn.
    /// </summary>
    public long CacheBytes { get; init; } = 512L << 20;
}
