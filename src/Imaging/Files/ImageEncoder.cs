using InfAdmm.Engine;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Advanced;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.PixelFormats;

namespace InfAdmm.Imaging.Files;

/// <summary>Encodes values as PNG with ImageSharp; the ICC profile is added afterwards.</summary>
internal static class ImageEncoder
{
    /// <summary>The bytes of a PNG file; see <see cref="ImageFile.Write(string, Picture)"/>.</summary>
    public static byte[] Encode(
        ReadOnlySpan<float> values, Shape shape, bool isDeep, float[]? alpha, byte[]? iccProfile)
    {
        if (shape.N != 1 || shape.C is not (1 or 3) || values.Length != shape.Count)
        {
            throw new ShapeException(
                $"a picture needs the values of a shape (1, 1 or 3, height, width), got {values.Length} for {shape}");
        }

        if (alpha is not null && alpha.Length != shape.PlaneSize)
        {
            throw new ShapeException(
                $"a picture of shape {shape} needs {shape.PlaneSize} alpha values, got {alpha.Length}");
        }

        if (!FiniteValues.All(values) || !FiniteValues.All(alpha))
        {
            throw new ArgumentException("a picture needs finite values", nameof(values));
        }

        IccColorSpace? space = iccProfile is null ? null : IccColorSpaces.Of(iccProfile);
        bool isGrey = shape.C == 1 && space != IccColorSpace.Rgb;
        using Image<Rgba64> image = ToImage(values, shape, isDeep, alpha);
        var encoder = new PngEncoder
        {
            BitDepth = isDeep ? PngBitDepth.Bit16 : PngBitDepth.Bit8,
            ColorType = (isGrey, alpha) switch
            {
                (true, null) => PngColorType.Grayscale,
                (true, _) => PngColorType.GrayscaleWithAlpha,
                (false, null) => PngColorType.Rgb,
                (false, _) => PngColorType.RgbWithAlpha,
            },
            ChunkFilter = PngChunkFilter.ExcludeAll,
            TransparentColorMode = PngTransparentColorMode.Preserve,
        };
        using var file = new MemoryStream();
        image.Save(file, encoder);
        bool fits = space == (isGrey ? IccColorSpace.Grey : IccColorSpace.Rgb);
        return fits ? PngColorProfile.Insert(file.ToArray(), iccProfile!) : file.ToArray();
    }

    /// <summary>
    /// All pictures are encoded from 16 bits per channel: an 8-bit sample v is stored as 257 v, from which ImageSharp
    /// recovers v exactly; the same holds for the grey value of three equal channels.
    /// </summary>
    private static Image<Rgba64> ToImage(ReadOnlySpan<float> values, Shape shape, bool isDeep, float[]? alpha)
    {
        var image = new Image<Rgba64>(ImageDecoder.Configuration, shape.W, shape.H);
        int green = shape.C == 1 ? 0 : shape.PlaneSize;
        for (int y = 0; y < shape.H; y++)
        {
            Span<Rgba64> row = image.DangerousGetPixelRowMemory(y).Span;
            for (int x = 0; x < row.Length; x++)
            {
                int i = y * shape.W + x;
                row[x] = new Rgba64(
                    ToSample(values[i], isDeep),
                    ToSample(values[i + green], isDeep),
                    ToSample(values[i + 2 * green], isDeep),
                    alpha is null ? ushort.MaxValue : ToSample(alpha[i], isDeep));
            }
        }

        return image;
    }

    private static ushort ToSample(float value, bool isDeep)
    {
        float clipped = Math.Clamp(value, 0, 1);
        return isDeep ? (ushort)MathF.Round(clipped * 65535) : (ushort)(257 * (int)MathF.Round(clipped * 255));
    }
}
