using SkiaSharp;

namespace InfAdmm.Bench.Gallery;

/// <summary>A bird on a twig in front of a blurred garden.</summary>
internal sealed class BirdDrawing() : Drawing("bird", 256)
{
    protected override void Draw(SKCanvas canvas, Random random)
    {
        Gradient(canvas, SKRect.Create(256, 256), new(96, 132, 84), new(62, 96, 58), new(44, 66, 40));
        DrawBlurredLights(canvas, random);
        Stroke(canvas, new(84, 62, 44), 9, "M -5 205 C 60 190, 150 214, 262 186");
        Stroke(canvas, new(128, 100, 74), 2, "M -5 202 C 60 187, 150 211, 262 183");
        Stroke(canvas, new(84, 62, 44), 4, "M 190 198 C 210 180, 226 170, 244 140");
        DrawLeaf(canvas, 244, 140, -50);
        DrawLeaf(canvas, 222, 172, 20);
        DrawLeaf(canvas, 30, 196, -120);

        Fill(canvas, new(70, 78, 92), "M 158 150 L 236 228 L 222 236 L 146 176 Z");
        Fill(
            canvas, new(214, 196, 160),
            "M 62 92 C 66 60, 104 48, 124 72 C 150 92, 182 128, 172 164 " +
            "C 160 200, 110 204, 84 172 C 66 150, 60 120, 62 92 Z");
        Fill(
            canvas, new(196, 104, 56),
            "M 66 104 C 70 92, 96 98, 104 118 C 112 142, 104 164, 92 168 C 74 150, 64 128, 66 104 Z");
        DrawFeathers(canvas, random);
        Fill(
            canvas, new(82, 96, 118),
            "M 60 92 C 58 60, 92 40, 118 62 C 128 72, 126 84, 112 84 C 96 84, 76 86, 60 92 Z");
        Fill(canvas, new(40, 38, 40), "M 62 84 L 36 92 L 62 98 Z");
        Fill(canvas, new(24, 22, 24), "M 79 77 A 6 6 0 1 0 91 77 A 6 6 0 1 0 79 77 Z");
        Fill(canvas, SKColors.White, "M 82 75 A 1.8 1.8 0 1 0 85.6 75 A 1.8 1.8 0 1 0 82 75 Z");
        Stroke(canvas, new(60, 44, 36), 2.5f, "M 112 186 L 108 204 M 108 204 L 98 206 M 108 204 L 118 207");
        Stroke(canvas, new(60, 44, 36), 2.5f, "M 134 182 L 134 202 M 134 202 L 125 205 M 134 202 L 144 205");
    }

    private static void DrawBlurredLights(SKCanvas canvas, Random random)
    {
        using var filter = SKMaskFilter.CreateBlur(SKBlurStyle.Normal, 9);
        for (int i = 0; i < 40; i++)
        {
            using SKPaint paint = Paint(Vary(random, new SKColor(150, 170, 96, 90), 0.5));
            paint.MaskFilter = filter;
            canvas.DrawCircle(Between(random, 0, 256), Between(random, 0, 256), Between(random, 6, 26), paint);
        }
    }

    /// <summary>Draws the feathers of the wing as rows of strokes.</summary>
    private static void DrawFeathers(SKCanvas canvas, Random random)
    {
        Fill(canvas, new(104, 92, 84), "M 108 96 C 138 96, 168 130, 178 176 C 150 178, 116 150, 108 96 Z");
        for (int i = 0; i < 26; i++)
        {
            float along = i / 26f;
            float x = 110 + 60 * along;
            float y = 100 + 66 * along;
            SKColor color = i % 3 == 0 ? new(226, 214, 190) : new(66, 58, 56);
            string path = FormattableString.Invariant(
                $"M {x:0.0} {y:0.0} q {Between(random, 4, 9):0.0} {Between(random, 10, 16):0.0} ") +
                FormattableString.Invariant(
                    $"{Between(random, 9, 15):0.0} {Between(random, 20, 26) * (1 - 0.6f * along):0.0}");
            Stroke(canvas, Vary(random, color, 0.2), 1.6f, path);
        }

        for (int i = 0; i < 240; i++)
        {
            float x = Between(random, 70, 165);
            float y = Between(random, 100, 190);
            string path = FormattableString.Invariant($"M {x:0.0} {y:0.0} l 1.6 {Between(random, 2, 5):0.0}");
            Stroke(canvas, Vary(random, new SKColor(150, 118, 90, 120), 0.4), 0.7f, path);
        }
    }

    private static void DrawLeaf(SKCanvas canvas, float x, float y, float angle)
    {
        canvas.Save();
        canvas.Translate(x, y);
        canvas.RotateDegrees(angle);
        Fill(canvas, new(122, 164, 70), "M 0 0 C 10 -14, 30 -14, 44 0 C 30 12, 10 12, 0 0 Z");
        Stroke(canvas, new(74, 112, 44), 1, "M 0 0 L 42 0 M 12 0 L 20 -8 M 12 0 L 20 7 M 24 0 L 32 -6 M 24 0 L 32 6");
        canvas.Restore();
    }
}
