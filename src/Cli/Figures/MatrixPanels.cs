using System.Globalization;
using SkiaSharp;

namespace InfAdmm.Cli.Figures;

/// <summary>A matrix to draw.</summary>
/// <param name="Title">The title.</param>
/// <param name="Values">The entries in row-major order.</param>
/// <param name="Columns">The number of columns.</param>
internal sealed record MatrixPanel(string Title, double[] Values, int Columns)
{
    /// <summary>The number of rows.</summary>
    public int Rows => Values.Length / Columns;
}

/// <summary>
/// Draws matrices side by side, their entries as squares: white is 0, dark is the largest entry of its matrix, and
/// negative entries are red.
/// </summary>
internal static class MatrixPanels
{
    private const int Side = 280;
    private const int Gap = 16;
    private const int Caption = 44;
    private const float FontSize = 15;

    /// <summary>Draws the figure; an entry has the same size in all panels.</summary>
    /// <param name="path">The PNG file to write.</param>
    /// <param name="panels">The matrices.</param>
    public static void Write(string path, IReadOnlyList<MatrixPanel> panels)
    {
        float cell = (float)Side / panels.Max(panel => Math.Max(panel.Rows, panel.Columns));
        using SKBitmap bitmap = SkiaPicture.Create(panels.Count * (Side + Gap) + Gap, Side + Caption + 2 * Gap);
        using (var canvas = new SKCanvas(bitmap))
        {
            canvas.Clear(SKColors.White);
            for (int i = 0; i < panels.Count; i++)
            {
                Draw(canvas, Gap + i * (Side + Gap), panels[i], cell);
            }
        }

        SkiaPicture.Write(path, bitmap);
    }

    private static void Draw(SKCanvas canvas, int left, MatrixPanel panel, float cell)
    {
        double largest = panel.Values.Max(Math.Abs);
        using var paint = new SKPaint();
        for (int i = 0; i < panel.Values.Length; i++)
        {
            double value = panel.Values[i];
            if (value == 0)
            {
                continue;
            }

            byte light = (byte)Math.Round(255 * (1 - Math.Abs(value) / largest));
            paint.Color = value < 0 ? new SKColor(255, light, light) : new SKColor(light, light, light);
            canvas.DrawRect(
                left + i % panel.Columns * cell, Caption + Gap + i / panel.Columns * cell, cell, cell, paint);
        }

        paint.Color = SKColors.Gray;
        paint.Style = SKPaintStyle.Stroke;
        canvas.DrawRect(left, Caption + Gap, panel.Columns * cell, panel.Rows * cell, paint);
        using SKTypeface typeface = SKTypeface.FromFamilyName(FigureStyle.FontName);
        using var font = new SKFont(typeface, FontSize);
        using var ink = new SKPaint { Color = SKColors.Black, IsAntialias = true };
        canvas.DrawText(panel.Title, left, Gap + 8, font, ink);
        canvas.DrawText(
            string.Create(CultureInfo.InvariantCulture, $"largest entry {largest:0.0e+0}"), left, Gap + 30, font, ink);
    }
}
