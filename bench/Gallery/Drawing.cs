using SkiaSharp;

namespace InfAdmm.Bench.Gallery;

/// <summary>
/// A picture drawn by a program, the same each time. It is drawn at four times its size and averaged, so that its edges
/// are as soft as in a photograph.
/// </summary>
/// <param name="name">The file name, without .png.</param>
/// <param name="size">Height and width in pixels.</param>
internal abstract class Drawing(string name, int size)
{
    private const int Oversampling = 4;

    /// <summary>Writes the picture to a directory, which is created if missing.</summary>
    public void Write(string directory)
    {
        Directory.CreateDirectory(directory);
        var large = new SKImageInfo(Oversampling * size, Oversampling * size, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using var drawn = new SKBitmap(large);
        using (var canvas = new SKCanvas(drawn))
        {
            canvas.Scale(Oversampling);
            Draw(canvas, new Random(size + name.Length));
        }

        using SKBitmap averaged = Average(drawn);
        using SKData data = averaged.Encode(SKEncodedImageFormat.Png, 100);
        using FileStream file = File.Create(Path.Combine(directory, name + ".png"));
        data.SaveTo(file);
    }

    /// <summary>Draws on a canvas with one unit for each pixel of the result.</summary>
    protected abstract void Draw(SKCanvas canvas, Random random);

    /// <summary>Fills a path.</summary>
    protected static void Fill(SKCanvas canvas, SKColor color, string svgPath)
    {
        using var path = SKPath.ParseSvgPathData(svgPath);
        using SKPaint paint = Paint(color);
        canvas.DrawPath(path, paint);
    }

    /// <summary>Strokes a path.</summary>
    protected static void Stroke(SKCanvas canvas, SKColor color, float width, string svgPath)
    {
        using var path = SKPath.ParseSvgPathData(svgPath);
        using SKPaint paint = Paint(color);
        paint.Style = SKPaintStyle.Stroke;
        paint.StrokeWidth = width;
        paint.StrokeCap = SKStrokeCap.Round;
        canvas.DrawPath(path, paint);
    }

    /// <summary>Fills an area with a gradient from top to bottom.</summary>
    protected static void Gradient(SKCanvas canvas, SKRect area, params SKColor[] colors)
    {
        using var shader = SKShader.CreateLinearGradient(
            new SKPoint(area.Left, area.Top), new SKPoint(area.Left, area.Bottom), colors, SKShaderTileMode.Clamp);
        using var paint = new SKPaint { Shader = shader };
        canvas.DrawRect(area, paint);
    }

    /// <summary>Creates a paint of one colour.</summary>
    protected static SKPaint Paint(SKColor color) => new() { Color = color, IsAntialias = true };

    /// <summary>Draws a random number in a range.</summary>
    protected static float Between(Random random, double low, double high) =>
        (float)(low + (high - low) * random.NextDouble());

    /// <summary>Makes a colour lighter or darker at random, by at most the given fraction.</summary>
    protected static SKColor Vary(Random random, SKColor color, double amount)
    {
        float factor = Between(random, 1 - amount, 1 + amount);
        return new SKColor(Scaled(color.Red), Scaled(color.Green), Scaled(color.Blue), color.Alpha);

        byte Scaled(byte value) => (byte)Math.Clamp(value * factor, 0, 255);
    }

    private SKBitmap Average(SKBitmap drawn)
    {
        var averaged = new SKBitmap(new SKImageInfo(size, size, SKColorType.Rgba8888, SKAlphaType.Opaque));
        const int Count = Oversampling * Oversampling;
        for (int y = 0; y < size; y++)
        {
            for (int x = 0; x < size; x++)
            {
                (int red, int green, int blue) = (Count / 2, Count / 2, Count / 2);
                for (int k = 0; k < Count; k++)
                {
                    SKColor color = drawn.GetPixel(
                        x * Oversampling + k % Oversampling, y * Oversampling + k / Oversampling);
                    red += color.Red;
                    green += color.Green;
                    blue += color.Blue;
                }

                averaged.SetPixel(x, y, new SKColor((byte)(red / Count), (byte)(green / Count), (byte)(blue / Count)));
            }
        }

        return averaged;
    }
}
