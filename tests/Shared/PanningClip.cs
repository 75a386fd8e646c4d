namespace InfAdmm.Tests.Shared;

/// <summary>
/// A video that a program draws: a window that moves over a scene of discs, bars, stripes and waves, by any fraction of
/// a pixel per frame. The scene is a function of the place, averaged over 4×4 places per pixel. The same seed draws the
/// same scene.
/// </summary>
/// <param name="height">The height of a frame, in pixels.</param>
/// <param name="width">The width of a frame, in pixels.</param>
/// <param name="right">How far the window moves to the right between two frames, in pixels.</param>
/// <param name="down">How far it moves down, in pixels.</param>
/// <param name="seed">The seed of the scene.</param>
internal sealed class PanningClip(int height, int width, double right, double down, int seed = 1)
{
    private const int Oversampling = 4;
    private const int ShapesPerSquare = 25;
    private const double Square = 128;

    private readonly List<(double X, double Y, double Size, double Angle, int Kind, double[] Color)> _shapes =
        Scene(height, width, seed);

    /// <summary>Draws a frame: planes of red, green and blue in [0, 1].</summary>
    public float[] Frame(int number)
    {
        float[] values = new float[3 * height * width];
        var color = new double[3];
        for (int i = 0; i < height * width; i++)
        {
            Array.Clear(color);
            for (int k = 0; k < Oversampling * Oversampling; k++)
            {
                Add(
                    i % width + number * right + (k % Oversampling + 0.5) / Oversampling,
                    i / width + number * down + (k / Oversampling + 0.5) / Oversampling, color);
            }

            for (int c = 0; c < 3; c++)
            {
                values[c * height * width + i] = (float)(color[c] / (Oversampling * Oversampling));
            }
        }

        return values;
    }

    private static List<(double, double, double, double, int, double[])> Scene(int height, int width, int seed)
    {
        var random = new Random(seed);
        double side = Square + Math.Max(height, width);
        int count = (int)(ShapesPerSquare * side * side / (Square * Square));
        return
        [
            .. Enumerable.Range(0, count).Select(_ => (
                side * random.NextDouble(), side * random.NextDouble(), 3 + 20 * Math.Pow(random.NextDouble(), 2),
                Math.PI * random.NextDouble(), random.Next(3),
                new[] { random.NextDouble(), random.NextDouble(), random.NextDouble() })),
        ];
    }

    /// <summary>Adds the colour at a place: that of the last shape there, on a background of waves.</summary>
    private void Add(double x, double y, double[] color)
    {
        for (int n = _shapes.Count - 1; n >= 0; n--)
        {
            (double centerX, double centerY, double size, double angle, int kind, double[] own) = _shapes[n];
            (double dx, double dy) = (x - centerX, y - centerY);
            if (dx * dx + dy * dy > 4 * size * size)
            {
                continue;
            }

            double along = Math.Cos(angle) * dx + Math.Sin(angle) * dy;
            double across = Math.Cos(angle) * dy - Math.Sin(angle) * dx;
            bool isInside = kind == 0 ? dx * dx + dy * dy < size * size : Math.Abs(across) < size / 3;
            if (isInside)
            {
                double share = kind == 2 ? 0.6 + 0.4 * Math.Sin(along) : 1;
                for (int c = 0; c < 3; c++)
                {
                    color[c] += share * own[c];
                }

                return;
            }
        }

        double wave = 0.5 + 0.2 * Math.Sin(0.11 * x + 0.05 * y) + 0.1 * Math.Sin(0.5 * x - 0.4 * y);
        color[0] += wave;
        color[1] += 0.9 * wave;
        color[2] += 1 - 0.7 * wave;
    }
}
