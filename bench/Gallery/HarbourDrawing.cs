using SkiaSharp;

namespace InfAdmm.Bench.Gallery;

/// <summary>A lighthouse, boats and waves under an evening sky.</summary>
internal sealed class HarbourDrawing() : Drawing("harbour", 256)
{
    protected override void Draw(SKCanvas canvas, Random random)
    {
        Gradient(
            canvas, SKRect.Create(0, 0, 256, 150), new(58, 84, 140), new(150, 140, 170), new(240, 176, 120));
        using (var filter = SKMaskFilter.CreateBlur(SKBlurStyle.Normal, 4))
        {
            for (int i = 0; i < 14; i++)
            {
                using SKPaint paint = Paint(Vary(random, new SKColor(240, 200, 180, 120), 0.15));
                paint.MaskFilter = filter;
                canvas.DrawOval(
                    Between(random, 0, 256), Between(random, 20, 110), Between(random, 14, 46), Between(random, 2, 6),
                    paint);
            }
        }

        Gradient(canvas, SKRect.Create(0, 146, 256, 110), new(120, 110, 130), new(34, 58, 88), new(16, 30, 52));
        for (int i = 0; i < 420; i++)
        {
            float depth = Between(random, 0, 1);
            float y = 150 + 106 * depth * depth;
            float length = 3 + 14 * depth;
            string path = FormattableString.Invariant(
                $"M {Between(random, -5, 256):0.0} {y:0.0} q {length / 2:0.0} {-1 - 2 * depth:0.0} {length:0.0} 0");
            Stroke(canvas, Vary(random, new SKColor(196, 176, 170, 130), 0.4), 0.5f + 0.8f * depth, path);
        }

        Fill(
            canvas, new(46, 42, 48),
            "M 256 168 L 176 166 C 168 158, 184 150, 196 150 L 206 140 L 236 138 L 256 146 Z");
        Fill(canvas, new(236, 232, 224), "M 206 142 L 212 52 L 228 52 L 234 142 Z");
        Fill(canvas, new(178, 44, 40), "M 207.3 122 L 208.7 102 L 231.3 102 L 232.7 122 Z");
        Fill(canvas, new(178, 44, 40), "M 210 82 L 211.3 62 L 228.7 62 L 230 82 Z");
        Fill(canvas, new(50, 50, 56), "M 208 52 L 232 52 L 232 48 L 208 48 Z M 212 34 L 228 34 L 220 24 Z");
        Fill(canvas, new(255, 236, 170), "M 213 48 L 213 34 L 227 34 L 227 48 Z");
        Stroke(canvas, new(50, 50, 56), 1, "M 213 48 L 213 34 M 220 48 L 220 34 M 227 48 L 227 34");
        DrawBoat(canvas, 74, 190, 1, new(190, 60, 50));
        DrawBoat(canvas, 142, 164, 0.5f, new(60, 90, 120));
        DrawBoat(canvas, 24, 158, 0.35f, new(210, 170, 80));
    }

    private static void DrawBoat(SKCanvas canvas, float x, float y, float scale, SKColor hull)
    {
        canvas.Save();
        canvas.Translate(x, y);
        canvas.Scale(scale);
        Fill(canvas, hull, "M -40 6 L 44 4 L 32 24 L -28 24 Z");
        Fill(canvas, SKColors.White, "M -38 8 L 42 6 L 41 9 L -36 11 Z");
        Stroke(canvas, new(60, 44, 34), 2, "M 0 6 L 0 -84 M 0 -84 L 44 4 M 0 -84 L -40 6");
        Fill(canvas, new(244, 236, 216), "M 3 -78 L 3 -4 L 38 -4 Z");
        Fill(canvas, new(226, 206, 176), "M -3 -70 L -3 -4 L -30 -4 Z");
        Stroke(canvas, new(150, 120, 96), 0.8f, "M 3 -58 L 12.5 -58 M 3 -38 L 22 -38 M 3 -20 L 30 -20");
        canvas.Restore();
    }
}
