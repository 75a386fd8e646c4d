using SkiaSharp;

namespace InfAdmm.Bench.Gallery;

/// <summary>A row of houses with tiled roofs: repeated fine structure.</summary>
internal sealed class StreetDrawing() : Drawing("street", 256)
{
    protected override void Draw(SKCanvas canvas, Random random)
    {
        Gradient(canvas, SKRect.Create(256, 190), new(120, 170, 214), new(214, 228, 232));
        SKColor[] walls = [new(214, 170, 110), new(176, 92, 76), new(222, 214, 196), new(120, 142, 128)];
        for (int i = 0; i < walls.Length; i++)
        {
            DrawHouse(canvas, random, -6 + 66 * i, 58 + 14 * (i % 2), walls[i]);
        }

        Gradient(canvas, SKRect.Create(0, 206, 256, 50), new(150, 144, 136), new(104, 98, 94));
        for (int row = 0; row < 7; row++)
        {
            float y = 208 + row * (4 + row * 0.6f);
            float width = 8 + 3 * row;
            for (float x = -width * (row % 2) / 2; x < 256; x += width)
            {
                string stone = FormattableString.Invariant(
                    $"M {x + 0.6f:0.0} {y:0.0} h {width - 1.2f:0.0} v {3.2f + row:0.0} h {1.2f - width:0.0} Z");
                Fill(canvas, Vary(random, new SKColor(138, 130, 122), 0.22), stone);
            }
        }
    }

    private static void DrawHouse(SKCanvas canvas, Random random, float x, float eaves, SKColor wall)
    {
        const float Width = 66;
        Fill(canvas, wall, Rectangle(x, eaves, Width, 150));
        for (int i = 0; i < 260; i++)
        {
            string brick = Rectangle(x + Between(random, 0, Width - 5), eaves + 4 * random.Next(37), 5, 1.6f);
            Fill(canvas, Vary(random, wall, 0.18), brick);
        }

        for (int row = 0; row < 8; row++)
        {
            float y = eaves - 32 + 4 * row;
            float inset = 26 - 3.4f * row;
            for (float tile = x + inset; tile < x + Width - inset; tile += 4)
            {
                string path = FormattableString.Invariant($"M {tile:0.0} {y:0.0} h 4 v 3 q -2 3 -4 0 Z");
                Fill(canvas, Vary(random, new SKColor(150, 74, 54), 0.25), path);
            }
        }

        for (int floor = 0; floor < 3; floor++)
        {
            for (int column = 0; column < 3; column++)
            {
                if (floor < 2 || column != 1)
                {
                    DrawWindow(canvas, random, x + 7 + 19 * column, eaves + 12 + 44 * floor);
                }
            }
        }

        Fill(canvas, new(72, 48, 36), Rectangle(x + 25, eaves + 104, 16, 46));
        Stroke(canvas, new(200, 170, 90), 1.4f, FormattableString.Invariant($"M {x + 38} {eaves + 128} h 0.5"));
    }

    private static void DrawWindow(SKCanvas canvas, Random random, float x, float y)
    {
        Fill(canvas, new(240, 236, 228), Rectangle(x, y, 13, 22));
        Fill(canvas, Vary(random, new SKColor(70, 92, 112), 0.3), Rectangle(x + 1.2f, y + 1.2f, 10.6f, 19.6f));
        Stroke(
            canvas, new(240, 236, 228), 0.9f,
            FormattableString.Invariant($"M {x + 6.5f} {y} v 22 M {x} {y + 7} h 13 M {x} {y + 14} h 13"));
        Fill(canvas, new(90, 84, 78), Rectangle(x - 1, y + 22, 15, 1.6f));
    }

    private static string Rectangle(float x, float y, float width, float height) =>
        FormattableString.Invariant($"M {x:0.0} {y:0.0} h {width:0.0} v {height:0.0} h {-width:0.0} Z");
}
