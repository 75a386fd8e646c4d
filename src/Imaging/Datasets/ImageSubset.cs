using InfAdmm.Imaging.Files;

namespace InfAdmm.Imaging.Datasets;

/// <summary>A selection of the images of another set.</summary>
public sealed class ImageSubset : IImageSet
{
    private readonly IImageSet _whole;
    private readonly int[] _indices;

    private ImageSubset(IImageSet whole, int[] indices, string description)
    {
        _whole = whole;
        _indices = indices;
        Description = description;
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public int Count => _indices.Length;

    /// <summary>
    /// Selects the images ⌊i·Count/limit⌋ for i = 0 … limit − 1, so that all classes of a sorted set are represented.
    /// </summary>
    /// <returns>The selection; <paramref name="whole"/> itself if it has no more images than that.</returns>
    public static IImageSet EvenlySpaced(IImageSet whole, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return limit >= whole.Count
            ? whole
            : new ImageSubset(whole, Spaced(whole.Count, limit), $"{whole.Description}; {limit} of them");
    }

    /// <summary>
    /// Splits off <paramref name="count"/> evenly spaced images, for validation with a set that has no part for it.
    /// </summary>
    /// <returns>The remaining images, and those held out.</returns>
    /// <exception cref="ArgumentOutOfRangeException">One of the two selections would be empty.</exception>
    public static (IImageSet Others, IImageSet HeldOut) HoldOut(IImageSet whole, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(count, whole.Count);
        int[] heldOut = Spaced(whole.Count, count);
        int[] rest = [.. Enumerable.Range(0, whole.Count).Except(heldOut)];
        return (
            new ImageSubset(whole, rest, $"{whole.Description}; without {count} held out"),
            new ImageSubset(whole, heldOut, $"{whole.Description}; {count} held out"));
    }

    /// <inheritdoc/>
    public string Name(int index) => _whole.Name(_indices[index]);

    /// <inheritdoc/>
    public string Fingerprint(int index) => _whole.Fingerprint(_indices[index]);

    /// <inheritdoc/>
    public PlanarImage Load(int index) => _whole.Load(_indices[index]);

    private static int[] Spaced(int count, int limit) =>
        [.. Enumerable.Range(0, limit).Select(i => (int)((long)i * count / limit))];
}
