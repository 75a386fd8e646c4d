using System.Globalization;
using InfAdmm.Cli.Figures;
using InfAdmm.Imaging.Evaluation;
using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Metrics;
using SkiaSharp;

namespace InfAdmm.Cli.Evaluate;

/// <summary>
/// A table of pictures with one row per image: the measurement, the results or iterates with their PSNR, and the truth.
/// Pixels are not interpolated; small pictures are enlarged by an integer factor.
/// </summary>
internal static class ContactSheet
{
    private const int SmallestSide = 200;
    private const int Gap = 8;
    private const int Caption = 26;
    private const float FontSize = 15;

    /// <summary>Draws the results of all methods.</summary>
    /// <param name="path">The PNG file to write.</param>
    /// <param name="methods">The headings of the result columns.</param>
    /// <param name="images">The rows; at least one.</param>
    public static void Write(string path, IReadOnlyList<string> methods, IReadOnlyList<RestoredImage> images) =>
        Write(path, methods, images, image => image.Results);

    /// <summary>Draws iterates of one method, as in the paper's Figure 4.</summary>
    /// <param name="path">The PNG file to write.</param>
    /// <param name="method">The number of the method, which has iterates.</param>
    /// <param name="images">The rows; at least one.</param>
    public static void WriteIterates(string path, int method, IReadOnlyList<RestoredImage> images) => Write(
        path, [.. images[0].Iterates[method].Select(shown => $"iteration {shown.Iteration}")], images,
        image => [.. image.Iterates[method].Select(shown => shown.Image)]);

    private static void Write(
        string path, IReadOnlyList<string> heads, IReadOnlyList<RestoredImage> images,
        Func<RestoredImage, IReadOnlyList<PlanarImage>> cells)
    {
        int scale = Math.Max(1, SmallestSide / images.Max(image => Math.Max(image.Truth.Shape.H, image.Truth.Shape.W)));
        int cell = scale * images.Max(image => image.Truth.Shape.W);
        int columns = heads.Count + 2;
        int[] heights = [.. images.Select(image => scale * image.Truth.Shape.H + Caption + Gap)];
        using SKBitmap bitmap = SkiaPicture.Create(columns * (cell + Gap) + Gap, Caption + heights.Sum() + Gap);
        using (var canvas = new SKCanvas(bitmap))
        {
            canvas.Clear(SKColors.White);
            DrawHeads(canvas, heads, cell);
            int top = Caption;
            for (int i = 0; i < images.Count; i++)
            {
                DrawRow(canvas, images[i], cells(images[i]), top, cell, scale);
                top += heights[i];
            }
        }

        SkiaPicture.Write(path, bitmap);
    }

    private static void DrawHeads(SKCanvas canvas, IReadOnlyList<string> heads, int cell)
    {
        int column = 0;
        foreach (string name in (string[])["measurement", .. heads, "truth"])
        {
            DrawText(canvas, name, Left(column++, cell), Caption - 8);
        }
    }

    private static void DrawRow(
        SKCanvas canvas, RestoredImage image, IReadOnlyList<PlanarImage> cells, int top, int cell, int scale)
    {
        // A measurement is drawn at the size of the truth: a pixel of a decimated measurement becomes a square.
        int width = scale * image.Truth.Shape.W;
        int height = scale * image.Truth.Shape.H;
        int baseline = top + height + Caption - 8;
        DrawPicture(canvas, image.Measurement, Left(0, cell), top, width, height);
        DrawText(canvas, $"{image.Measurement.Shape.W}×{image.Measurement.Shape.H}", Left(0, cell), baseline);
        for (int i = 0; i < cells.Count; i++)
        {
            DrawPicture(canvas, cells[i], Left(i + 1, cell), top, width, height);
            double psnr = ImageMetrics.Psnr(cells[i].Values, image.Truth.Values);
            DrawText(
                canvas, string.Create(CultureInfo.InvariantCulture, $"{psnr:0.00} dB"), Left(i + 1, cell), baseline);
        }

        DrawPicture(canvas, image.Truth, Left(cells.Count + 1, cell), top, width, height);
    }

    private static void DrawPicture(SKCanvas canvas, PlanarImage image, int left, int top, int width, int height)
    {
        using SKBitmap bitmap = SkiaPicture.ToBitmap(image);
        using var picture = SKImage.FromBitmap(bitmap);
        canvas.DrawImage(
            picture, SKRect.Create(left, top, width, height), new SKSamplingOptions(SKFilterMode.Nearest));
    }

    private static void DrawText(SKCanvas canvas, string text, int left, int baseline)
    {
        using SKTypeface typeface = SKTypeface.FromFamilyName(FigureStyle.FontName);
        using var font = new SKFont(typeface, FontSize);
        using var ink = new SKPaint { Color = SKColors.Black, IsAntialias = true };
        canvas.DrawText(text, left, baseline, font, ink);
    }

    private static int Left(int column, int cell) => Gap + column * (cell + Gap);
}
