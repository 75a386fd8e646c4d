using System.Globalization;
using InfAdmm.Cli.Figures;
using InfAdmm.Solvers.Operators;
using SkiaSharp;

namespace InfAdmm.Cli.LearnOperator;

/// <summary>
/// Figure 5 of the paper: the true kernel, the learned one and their difference; without a true kernel, only the learned
/// one. An entry is a square; white is 0, dark is the largest entry, and negative entries are red.
/// </summary>
internal static class KernelFigure
{
    private const int Side = 280;
    private const int Gap = 16;
    private const int Caption = 44;
    private const float FontSize = 15;

    /// <summary>Draws the figure.</summary>
    /// <param name="path">The PNG file to write.</param>
    /// <param name="learned">The learned kernel.</param>
    /// <param name="truth">The true kernel, of the same size; null if it is not known.</param>
    public static void Write(string path, BlurKernel learned, BlurKernel? truth)
    {
        var panels = new List<(string Title, double[] Values)>();
        double[] values = learned.Values.ToArray();
        if (truth is not null)
        {
            double[] expected = truth.Values.ToArray();
            panels.Add(("true kernel", expected));
            panels.Add(("learned", values));
            panels.Add(("difference", [.. values.Zip(expected, (a, b) => a - b)]));
        }
        else
        {
            panels.Add(("learned", values));
        }

        using SKBitmap bitmap = SkiaPicture.Create(panels.Count * (Side + Gap) + Gap, Side + Caption + 2 * Gap);
        using (var canvas = new SKCanvas(bitmap))
        {
            canvas.Clear(SKColors.White);
            for (int i = 0; i < panels.Count; i++)
            {
                Draw(canvas, Gap + i * (Side + Gap), panels[i].Title, panels[i].Values, learned.Width);
            }
        }

        SkiaPicture.Write(path, bitmap);
    }

    private static void Draw(SKCanvas canvas, int left, string title, double[] values, int size)
    {
        double largest = values.Max(Math.Abs);
        using var paint = new SKPaint();
        float cell = (float)Side / size;
        for (int i = 0; i < values.Length; i++)
        {
            byte light = (byte)Math.Round(255 * (1 - (largest > 0 ? Math.Abs(values[i]) / largest : 0)));
            paint.Color = values[i] < 0 ? new SKColor(255, light, light) : new SKColor(light, light, light);
            canvas.DrawRect(left + i % size * cell, Caption + Gap + i / size * cell, cell, cell, paint);
        }

        paint.Color = SKColors.Gray;
        paint.Style = SKPaintStyle.Stroke;
        canvas.DrawRect(left, Caption + Gap, Side, Side, paint);
        using SKTypeface typeface = SKTypeface.FromFamilyName(FigureStyle.FontName);
        using var font = new SKFont(typeface, FontSize);
        using var ink = new SKPaint { Color = SKColors.Black, IsAntialias = true };
        canvas.DrawText(title, left, Gap + 8, font, ink);
        canvas.DrawText(
            string.Create(CultureInfo.InvariantCulture, $"largest entry {largest:0.0e+0}"), left, Gap + 30, font, ink);
    }
}
