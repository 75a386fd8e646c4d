using InfAdmm.Engine;

namespace InfAdmm.Imaging.Restoration;

/// <summary>
/// Estimates by how many pixels a picture has moved as a whole: the shift that minimises the squared difference, by
/// Gauss-Newton steps on a pyramid of halved pictures, from the smallest (Lucas and Kanade, IJCAI 1981). It allocates
/// nothing for further pictures of a shape.
/// </summary>
internal sealed class ShiftEstimate
{
    private const int LeastSide = 10;
    private const int StepsPerLevel = 8;
    private const double SmallStep = 2e-3;

    private Shape _shape;
    private Level[] _levels = [];

    /// <summary>Estimates the shift from one picture to another.</summary>
    /// <param name="first">The first picture.</param>
    /// <param name="second">The second one.</param>
    /// <param name="shape">The shape of both.</param>
    /// <returns>How far the contents move down and to the right, in pixels.</returns>
    public (double Down, double Right) Between(ReadOnlySpan<float> first, ReadOnlySpan<float> second, Shape shape)
    {
        Prepare(shape);
        Grey(first, shape, _levels[0].First);
        Grey(second, shape, _levels[0].Second);
        for (int n = 1; n < _levels.Length; n++)
        {
            Halve(_levels[n - 1], _levels[n], level => level.First);
            Halve(_levels[n - 1], _levels[n], level => level.Second);
        }

        (double down, double right) = (0, 0);
        for (int n = _levels.Length - 1; n >= 0; n--)
        {
            (down, right) = _levels[n].Refine(2 * down, 2 * right);
        }

        return (down, right);
    }

    private void Prepare(Shape shape)
    {
        if (_shape == shape)
        {
            return;
        }

        var levels = new List<Level> { new(shape.H, shape.W) };
        while (Math.Min(levels[^1].Height, levels[^1].Width) >= 2 * LeastSide)
        {
            levels.Add(new Level(levels[^1].Height / 2, levels[^1].Width / 2));
        }

        _levels = [.. levels];
        _shape = shape;
    }

    private static void Grey(ReadOnlySpan<float> values, Shape shape, float[] grey)
    {
        values[..shape.PlaneSize].CopyTo(grey);
        for (int c = 1; c < shape.C; c++)
        {
            ReadOnlySpan<float> plane = values.Slice(c * shape.PlaneSize, shape.PlaneSize);
            for (int i = 0; i < grey.Length; i++)
            {
                grey[i] += plane[i];
            }
        }
    }

    private static void Halve(Level from, Level to, Func<Level, float[]> plane)
    {
        (float[] large, float[] small) = (plane(from), plane(to));
        for (int i = 0; i < to.Height; i++)
        {
            for (int j = 0; j < to.Width; j++)
            {
                int at = 2 * i * from.Width + 2 * j;
                small[i * to.Width + j] =
                    (large[at] + large[at + 1] + large[at + from.Width] + large[at + from.Width + 1]) / 4;
            }
        }
    }

    /// <summary>Both pictures at one size.</summary>
    private sealed class Level(int height, int width)
    {
        public int Height => height;

        public int Width => width;

        public float[] First { get; } = new float[height * width];

        public float[] Second { get; } = new float[height * width];

        /// <summary>
        /// Steps towards the shift d with second(p) = first(p − d): the difference e at d falls by g·δ, with the
        /// gradient g of the second picture, if d changes by δ = −(Σ g gᵀ)⁻¹ Σ g e.
        /// </summary>
        public (double Down, double Right) Refine(double down, double right)
        {
            for (int step = 0; step < StepsPerLevel; step++)
            {
                (double changeDown, double changeRight) = Step(down, right);
                down = Math.Clamp(down + changeDown, -height / 2.0, height / 2.0);
                right = Math.Clamp(right + changeRight, -width / 2.0, width / 2.0);
                if (Math.Abs(changeDown) + Math.Abs(changeRight) < SmallStep)
                {
                    break;
                }
            }

            return (down, right);
        }

        private (double Down, double Right) Step(double down, double right)
        {
            (int wholeDown, int wholeRight) = ((int)Math.Floor(-down), (int)Math.Floor(-right));
            (float partDown, float partRight) = ((float)(-down - wholeDown), (float)(-right - wholeRight));
            int top = Math.Max(1, -wholeDown);
            int bottom = Math.Min(height - 1, height - 1 - wholeDown);
            int left = Math.Max(1, -wholeRight);
            int end = Math.Min(width - 1, width - 1 - wholeRight);
            (double vv, double vh, double hh, double ve, double he) = (0, 0, 0, 0, 0);
            for (int i = top; i < bottom; i++)
            {
                for (int j = left; j < end; j++)
                {
                    int at = i * width + j;
                    int moved = (i + wholeDown) * width + j + wholeRight;
                    float above = First[moved] + partRight * (First[moved + 1] - First[moved]);
                    float below = First[moved + width] + partRight * (First[moved + width + 1] - First[moved + width]);
                    float difference = Second[at] - (above + partDown * (below - above));
                    float vertical = (Second[at + width] - Second[at - width]) / 2;
                    float horizontal = (Second[at + 1] - Second[at - 1]) / 2;
                    vv += vertical * vertical;
                    vh += vertical * horizontal;
                    hh += horizontal * horizontal;
                    ve += vertical * difference;
                    he += horizontal * difference;
                }
            }

            // Along edges of one direction only, the shift is not determined: the least one is taken.
            double ridge = 1e-3 * (vv + hh) + double.Epsilon;
            double determinant = (vv + ridge) * (hh + ridge) - vh * vh;
            return determinant > 0
                ? (-((hh + ridge) * ve - vh * he) / determinant, -((vv + ridge) * he - vh * ve) / determinant)
                : (0, 0);
        }
    }
}
