using SkiaSharp;

namespace InfAdmm.Bench.Gallery;

/// <summary>Text from large to small, and bars from wide to narrow.</summary>
internal sealed class LetteringDrawing() : Drawing("lettering", 256)
{
    protected override void Draw(SKCanvas canvas, Random random)
    {
        Gradient(canvas, SKRect.Create(256, 256), new(246, 240, 222), new(232, 222, 196));
        float[] sizes = [44, 30, 21, 15, 11, 8];
        string[] lines =
        [
            "y = Ax + n", "inverse problem", "the quick brown fox", "jumps over the lazy dog 012",
            "pack my box with five dozen jugs, 3456", "sphinx of black quartz, judge my vow; 7890123456789",
        ];
        float y = 0;
        for (int i = 0; i < sizes.Length; i++)
        {
            y += sizes[i] * 1.1f;
            using var font = new SKFont(SKTypeface.FromFamilyName("DejaVu Serif"), sizes[i]);
            using SKPaint ink = Paint(i % 2 == 0 ? new(40, 46, 70) : new(120, 44, 40));
            canvas.DrawText(lines[i], 10, y, font, ink);
        }

        for (int i = 0; i < 60; i++)
        {
            float angle = i * 2 * MathF.PI / 60;
            string ray = FormattableString.Invariant(
                $"M {196 + 10 * MathF.Cos(angle):0.00} {200 + 10 * MathF.Sin(angle):0.00} ") +
                FormattableString.Invariant(
                    $"L {196 + 50 * MathF.Cos(angle):0.00} {200 + 50 * MathF.Sin(angle):0.00}");
            Stroke(canvas, new(30, 80, 70), 1.6f, ray);
        }

        float x = 12;
        for (int i = 0; i < 16; i++)
        {
            float width = 6 - 0.33f * i;
            string bar = FormattableString.Invariant($"M {x:0.00} 160 h {width:0.00} v 84 h {-width:0.00} Z");
            Fill(canvas, new(50, 50, 54), bar);
            x += 2 * width;
        }
    }
}
