using InfAdmm.Cli.Figures;
using InfAdmm.Imaging.Files;
using SkiaSharp;

namespace InfAdmm.Cli.Html;

/// <summary>
/// A picture on the grid of the one that it is compared with: its pixel (i, j) lies on pixel (s·i + o, s·j + p) there.
/// </summary>
/// <param name="Name">What it is, for readers.</param>
/// <param name="Image">Its colours, one or three channels in [0, 1].</param>
internal sealed record ComparedPicture(string Name, PlanarImage Image)
{
    // Pixels beyond the part that is shown, which interpolation reads.
    private const int Margin = 3;
    private const int LargestLossless = 256 * 256;
    private const float LossyQuality = 90;
    private const float LosslessEffort = 60;

    /// <summary>The opacity of each pixel; null for an opaque picture.</summary>
    public float[]? Alpha { get; init; }

    /// <summary>The stride s.</summary>
    public int Stride { get; init; } = 1;

    /// <summary>The offsets o and p, in pixels of the grid.</summary>
    public (double Down, double Right) Offset { get; init; }

    /// <summary>Draws a part of the grid, and encodes it as WebP: a small one without loss, others almost.</summary>
    /// <param name="part">The part, in pixels of the grid. Beyond its edge, the picture's last pixels are repeated.</param>
    /// <param name="width">The width of the drawing; at most that of the part.</param>
    /// <param name="height">The height of the drawing.</param>
    public byte[] Encode(SKRectI part, int width, int height)
    {
        double scaleX = (double)width / part.Width;
        double scaleY = (double)height / part.Height;
        int reduction = Math.Max(1, (int)(1 / (Stride * Math.Max(scaleX, scaleY))));
        SKRectI source = Source(part);
        using SKBitmap bitmap = SkiaPicture.ToBitmap(Image, Alpha, source, reduction);
        using var image = SKImage.FromBitmap(bitmap);
        var toPart = SKMatrix.CreateScaleTranslation(
            (float)(scaleX * Stride * reduction), (float)(scaleY * Stride * reduction),
            (float)(scaleX * (ToGrid(source.Left, Offset.Right) - part.Left)),
            (float)(scaleY * (ToGrid(source.Top, Offset.Down) - part.Top)));
        SKSamplingOptions sampling = Stride > 1 && reduction == 1
            ? new SKSamplingOptions(SKCubicResampler.CatmullRom)
            : new SKSamplingOptions(SKFilterMode.Linear);
        using SKBitmap drawing = SkiaPicture.Create(width, height, isOpaque: Alpha is null);
        using (var canvas = new SKCanvas(drawing))
        using (SKShader shader = image.ToShader(SKShaderTileMode.Clamp, SKShaderTileMode.Clamp, sampling, toPart))
        using (var paint = new SKPaint { Shader = shader, BlendMode = SKBlendMode.Src })
        {
            canvas.DrawPaint(paint);
        }

        SKWebpEncoderOptions format = width * height <= LargestLossless
            ? new(SKWebpEncoderCompression.Lossless, LosslessEffort)
            : new(SKWebpEncoderCompression.Lossy, LossyQuality);
        using SKPixmap pixels = drawing.PeekPixels();
        using SKData encoded = pixels.Encode(format)
            ?? throw new InvalidOperationException($"a picture of {width}x{height} pixels could not be encoded");
        return encoded.ToArray();
    }

    /// <summary>The pixels of this picture that a part of the grid needs.</summary>
    private SKRectI Source(SKRectI part) => new(
        Near(part.Left - Margin * Stride, Offset.Right, Image.Shape.W - 1),
        Near(part.Top - Margin * Stride, Offset.Down, Image.Shape.H - 1),
        Near(part.Right + Margin * Stride, Offset.Right, Image.Shape.W - 1) + 1,
        Near(part.Bottom + Margin * Stride, Offset.Down, Image.Shape.H - 1) + 1);

    private int Near(int onGrid, double offset, int last) =>
        Math.Clamp((int)Math.Round((onGrid - offset) / Stride), 0, last);

    /// <summary>Where the left or upper edge of a pixel of this picture lies on the grid.</summary>
    private double ToGrid(int edge, double offset) => Stride * (edge - 0.5) + 0.5 + offset;
}
