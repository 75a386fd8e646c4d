using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using SkiaSharp;

namespace InfAdmm.Cli.Figures;

/// <summary>Converts between SkiaSharp bitmaps, which figures are drawn on, and values in [0, 1].</summary>
internal static class SkiaPicture
{
    /// <summary>Draws an image of one or three channels on a new bitmap, which the caller disposes.</summary>
    public static SKBitmap ToBitmap(PlanarImage image)
    {
        Shape shape = image.Shape;
        var bitmap = new SKBitmap(Opaque(shape.W, shape.H));
        Span<byte> pixels = bitmap.GetPixelSpan();
        pixels.Fill(byte.MaxValue);
        for (int i = 0; i < shape.PlaneSize; i++)
        {
            for (int c = 0; c < 3; c++)
            {
                float value = image.Values[c % shape.C * shape.PlaneSize + i];
                pixels[4 * i + c] = (byte)MathF.Round(Math.Clamp(value, 0, 1) * 255);
            }
        }

        return bitmap;
    }

    /// <summary>Creates an empty bitmap with the layout that <see cref="Write"/> needs.</summary>
    public static SKBitmap Create(int width, int height) => new(Opaque(width, height));

    /// <summary>Writes an opaque bitmap as PNG.</summary>
    public static void Write(string path, SKBitmap bitmap)
    {
        var shape = new Shape(1, 3, bitmap.Height, bitmap.Width);
        float[] values = new float[shape.Count];
        ReadOnlySpan<byte> pixels = bitmap.GetPixelSpan();
        for (int i = 0; i < shape.PlaneSize; i++)
        {
            for (int c = 0; c < 3; c++)
            {
                values[c * shape.PlaneSize + i] = pixels[4 * i + c] / 255f;
            }
        }

        ImageFile.Write(path, values, shape);
    }

    private static SKImageInfo Opaque(int width, int height) =>
        new(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);
}
