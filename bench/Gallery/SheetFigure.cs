using SkiaSharp;

namespace InfAdmm.Bench.Gallery;

/// <summary>The pictures of docs/sharp.md: one row for each file name, one column for each folder that has it.</summary>
internal static class SheetFigure
{
    private const int Gap = 8;

    /// <summary>Draws the pictures of the last folder beside those of the others, pixel by pixel.</summary>
    /// <param name="target">The WebP file to write.</param>
    /// <param name="folders">The folders, from left to right.</param>
    public static void Draw(string target, params string[] folders)
    {
        string[] names = [.. Directory.GetFiles(folders[^1], "*.png").Select(Path.GetFileName).Order(StringComparer.Ordinal)!];
        SKBitmap[][] rows =
            [.. names.Select(name => folders.Select(folder => Bitmaps.Decode(Path.Combine(folder, name))).ToArray())];
        int width = rows.Max(row => row.Sum(picture => picture.Width + Gap)) - Gap;
        int height = rows.Sum(row => row.Max(picture => picture.Height) + Gap) - Gap;
        using var sheet = new SKBitmap(width, height);
        using var canvas = new SKCanvas(sheet);
        canvas.Clear(SKColors.White);
        int top = 0;
        foreach (SKBitmap[] row in rows)
        {
            int left = 0;
            foreach (SKBitmap picture in row)
            {
                canvas.DrawBitmap(picture, left, top);
                left += picture.Width + Gap;
            }

            top += row.Max(picture => picture.Height) + Gap;
        }

        Bitmaps.SaveWebp(sheet, target);
        Array.ForEach(rows, row => Array.ForEach(row, picture => picture.Dispose()));
    }
}
