using System.Globalization;
using System.Security.Cryptography;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;

namespace InfAdmm.Imaging.Datasets;

/// <summary>Grey images of the same size, kept in memory as bytes.</summary>
/// <param name="pixels">All images, contiguous and in row-major order.</param>
/// <param name="height">The rows of an image.</param>
/// <param name="width">The columns of an image.</param>
/// <param name="name">The prefix of the image names, which are followed by a hyphen and a number.</param>
/// <param name="description">See <see cref="IImageSet.Description"/>.</param>
public sealed class IdxImageSet(byte[] pixels, int height, int width, string name, string description) : IImageSet
{
    /// <inheritdoc/>
    public string Description => description;

    /// <inheritdoc/>
    public int Count => pixels.Length / (height * width);

    /// <inheritdoc/>
    public string Name(int index) => string.Create(CultureInfo.InvariantCulture, $"{name}-{index:D5}");

    /// <summary>The name and a hash of the pixels.</summary>
    public string Fingerprint(int index)
    {
        byte[] hash = SHA256.HashData(pixels.AsSpan(index * height * width, height * width));
        return $"{Name(index)} {Convert.ToHexStringLower(hash.AsSpan(0, 8))}";
    }

    /// <inheritdoc/>
    public PlanarImage Load(int index)
    {
        var values = new float[height * width];
        ReadOnlySpan<byte> image = pixels.AsSpan(index * values.Length, values.Length);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = image[i] / 255f;
        }

        return new PlanarImage(values, new Shape(1, 1, height, width));
    }
}
