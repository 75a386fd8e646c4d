using InfAdmm.Storage;
using ScottPlot;
using SkiaSharp;

namespace InfAdmm.Cli.Figures;

/// <summary>Draws two panels side by side above one legend, as PNG or SVG.</summary>
/// <param name="left">The left panel.</param>
/// <param name="right">The right panel.</param>
/// <param name="curves">The entries of the legend.</param>
internal sealed class FigureCanvas(Plot left, Plot right, IReadOnlyList<(string Name, FigureStyle Style)> curves)
{
    private const int Width = 1200;
    private const int Height = 500;
    private const int LegendHeight = 36;

    /// <summary>Writes a PNG file.</summary>
    public void WritePng(string path)
    {
        using SKBitmap bitmap = SkiaPicture.Create(Width, Height);
        using (var canvas = new SKCanvas(bitmap))
        {
            Draw(canvas);
        }

        SkiaPicture.Write(path, bitmap);
    }

    /// <summary>Writes an SVG file.</summary>
    public void WriteSvg(string path)
    {
        using var buffer = new MemoryStream();
        using (SKCanvas canvas = SKSvgCanvas.Create(SKRect.Create(Width, Height), buffer))
        {
            Draw(canvas);
        }

        AtomicFile.Write(path, buffer.WriteTo);
    }

    private void Draw(SKCanvas canvas)
    {
        canvas.Clear(SKColors.White);
        float middle = Width / 2f;
        float bottom = Height - LegendHeight;
        DrawPanel(canvas, left, new PixelRect(0, middle, bottom, 0));
        DrawPanel(canvas, right, new PixelRect(middle, Width, bottom, 0));
        DrawLegend(canvas);
    }

    /// <summary>Draws one panel. Clipping is needed because a plot clears the whole canvas.</summary>
    private static void DrawPanel(SKCanvas canvas, Plot panel, PixelRect rect)
    {
        canvas.Save();
        canvas.ClipRect(new SKRect(rect.Left, rect.Top, rect.Right, rect.Bottom));
        panel.Render(canvas, rect);
        canvas.Restore();
    }

    private void DrawLegend(SKCanvas canvas)
    {
        using SKTypeface typeface = SKTypeface.FromFamilyName(FigureStyle.FontName);
        using var font = new SKFont(typeface, 15);
        using var ink = new SKPaint { Color = SKColors.Black, IsAntialias = true };
        const float Symbol = 34;
        const float Gap = 8;
        const float Between = 24;
        float total = curves.Sum(curve => Symbol + Gap + font.MeasureText(curve.Name)) + Between * (curves.Count - 1);
        float x = (Width - total) / 2;
        float y = Height - LegendHeight / 2f;
        foreach ((string name, FigureStyle style) in curves)
        {
            DrawSymbol(canvas, style, x, y, Symbol);
            canvas.DrawText(name, x + Symbol + Gap, y + 5, font, ink);
            x += Symbol + Gap + font.MeasureText(name) + Between;
        }
    }

    private static void DrawSymbol(SKCanvas canvas, FigureStyle style, float x, float y, float width)
    {
        using var linePaint = Paint.NewDisposablePaint();
        var line = new LineStyle(3, style.Color, style.Pattern);
        line.Render(canvas, new PixelLine(x, y, x + width, y), linePaint);

        // A second paint, because the first one keeps its dash pattern.
        using var paint = Paint.NewDisposablePaint();
        var marker = new MarkerStyle(style.Marker, 9, style.Color) { LineWidth = 2, LineColor = style.Color };
        marker.Render(canvas, new Pixel(x + width / 2, y), paint);
    }
}
