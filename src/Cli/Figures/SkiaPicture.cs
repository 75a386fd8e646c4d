using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using SkiaSharp;

namespace InfAdmm.Cli.Figures;

/// <summary>Converts between SkiaSharp bitmaps, which figures are drawn on, and values in [0, 1].</summary>
internal static class SkiaPicture
{
    /// <summary>Draws an image of one or three channels on a new bitmap, which the caller disposes.</summary>
    public static SKBitmap ToBitmap(PlanarImage image) =>
        ToBitmap(image, alpha: null, new SKRectI(0, 0, image.Shape.W, image.Shape.H), reduction: 1);

    /// <summary>
    /// Draws a part of an image of one or three channels on a new bitmap, which the caller disposes, and reduces it: each
    /// pixel is the mean of r×r pixels. Those that remain at the right and at the bottom are left out.
    /// </summary>
    /// <param name="image">The image.</param>
    /// <param name="alpha">The opacity of each pixel; null for an opaque image.</param>
    /// <param name="part">The part, in pixels of the image.</param>
    /// <param name="reduction">The factor r; less for a part that is smaller.</param>
    public static SKBitmap ToBitmap(PlanarImage image, float[]? alpha, SKRectI part, int reduction)
    {
        Shape shape = image.Shape;
        int columns = Math.Min(reduction, part.Width);
        int rows = Math.Min(reduction, part.Height);
        var bitmap = new SKBitmap(new SKImageInfo(
            part.Width / columns, part.Height / rows, SKColorType.Rgba8888,
            alpha is null ? SKAlphaType.Opaque : SKAlphaType.Unpremul));
        Span<byte> pixels = bitmap.GetPixelSpan();
        pixels.Fill(byte.MaxValue);
        for (int c = 0; c < (alpha is null ? 3 : 4); c++)
        {
            ReadOnlySpan<float> plane = c == 3
                ? alpha
                : image.Values.AsSpan(c % shape.C * shape.PlaneSize, shape.PlaneSize);
            for (int i = 0; i < bitmap.Height * bitmap.Width; i++)
            {
                int top = part.Top + i / bitmap.Width * rows;
                int left = part.Left + i % bitmap.Width * columns;
                float sum = 0;
                for (int row = top; row < top + rows; row++)
                {
                    foreach (float value in plane.Slice(row * shape.W + left, columns))
                    {
                        sum += Math.Clamp(value, 0, 1);
                    }
                }

                pixels[4 * i + c] = (byte)MathF.Round(sum / (rows * columns) * 255);
            }
        }

        return bitmap;
    }

    /// <summary>Creates an empty bitmap. <see cref="Write"/> needs an opaque one.</summary>
    public static SKBitmap Create(int width, int height, bool isOpaque = true) => new(
        new SKImageInfo(width, height, SKColorType.Rgba8888, isOpaque ? SKAlphaType.Opaque : SKAlphaType.Premul));

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
}
