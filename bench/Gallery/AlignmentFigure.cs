using SkiaSharp;

namespace InfAdmm.Bench.Gallery;

/// <summary>The picture of docs/restore.md that shows where each alignment puts the pixels of a camera.</summary>
internal static class AlignmentFigure
{
    private const int Side = 64;
    private const int Scale = 4;
    private const int Gap = 8;

    /// <summary>Writes the mean of each square of pixels, which is what the pixel of a camera measures.</summary>
    public static void Shrink(string source, string target, int factor)
    {
        using SKBitmap image = Bitmaps.Decode(source);
        using var small = new SKBitmap(image.Width / factor, image.Height / factor);
        for (int y = 0; y < small.Height; y++)
        {
            for (int x = 0; x < small.Width; x++)
            {
                int red = 0;
                int green = 0;
                int blue = 0;
                for (int i = 0; i < factor * factor; i++)
                {
                    SKColor color = image.GetPixel(factor * x + i % factor, factor * y + i / factor);
                    red += color.Red;
                    green += color.Green;
                    blue += color.Blue;
                }

                int count = factor * factor;
                small.SetPixel(x, y, new SKColor(Mean(red, count), Mean(green, count), Mean(blue, count)));
            }
        }

        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        using FileStream file = File.Create(target);
        small.Encode(file, SKEncodedImageFormat.Png, quality: 100);
    }

    /// <summary>Draws the same square of each file, enlarged, with a line at the same pixels.</summary>
    public static void Draw(string target, int left, int top, params string[] sources)
    {
        const int Width = Side * Scale;
        using var sheet = new SKBitmap(sources.Length * (Width + Gap) - Gap, Width);
        using var canvas = new SKCanvas(sheet);
        canvas.Clear(SKColors.White);
        using var line = new SKPaint { Color = SKColors.Red };
        for (int i = 0; i < sources.Length; i++)
        {
            using SKBitmap image = Bitmaps.Decode(sources[i]);
            using var pixels = SKImage.FromBitmap(image);
            int x = i * (Width + Gap);
            canvas.DrawImage(
                pixels, SKRect.Create(left, top, Side, Side), SKRect.Create(x, 0, Width, Width),
                new SKSamplingOptions(SKFilterMode.Nearest));
            canvas.DrawRect(x + Width / 2, 0, 1, Width, line);
            canvas.DrawRect(x, Width / 2, Width, 1, line);
        }

        Bitmaps.SaveWebp(sheet, target);
    }

    private static byte Mean(int sum, int count) => (byte)((sum + count / 2) / count);
}
