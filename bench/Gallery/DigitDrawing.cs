using System.Globalization;
using SkiaSharp;

namespace InfAdmm.Bench.Gallery;

/// <summary>A white digit on black, with the size and position of an MNIST digit.</summary>
internal sealed class DigitDrawing(int digit) : Drawing(digit.ToString(CultureInfo.InvariantCulture), 28)
{
    private readonly int _digit = digit;

    protected override void Draw(SKCanvas canvas, Random random)
    {
        canvas.Clear(SKColors.Black);
        string text = _digit.ToString(CultureInfo.InvariantCulture);
        using var font = new SKFont(SKTypeface.FromFamilyName("DejaVu Sans"), 24) { SkewX = -0.06f * (_digit % 4) };
        using SKPaint ink = Paint(SKColors.White);
        float width = font.MeasureText(text);
        canvas.DrawText(text, 14 - width / 2, 23, font, ink);
    }
}
