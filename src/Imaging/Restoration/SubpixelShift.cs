using InfAdmm.Engine;

namespace InfAdmm.Imaging.Restoration;

/// <summary>
/// Moves periodic planes down and to the right by a fraction of a pixel, with Lanczos' kernel of 8 taps (Duchon, J. Appl.
/// Meteorology 18(8):1016, 1979). Runs on the host.
/// </summary>
internal static class SubpixelShift
{
    private const int Lobes = 4;
    private const int Taps = 2 * Lobes;

    /// <summary>Moves all planes in place: the value at (i, j) becomes the one at (i − shift, j − shift).</summary>
    /// <param name="values">The planes, row by row.</param>
    /// <param name="shape">Their shape.</param>
    /// <param name="shift">The distance in pixels; not negative.</param>
    public static void Apply(float[] values, Shape shape, double shift)
    {
        if (shift == 0)
        {
            return;
        }

        int first = (int)Math.Floor(-shift) - Lobes + 1;
        float[] weights = Weights(-shift - Math.Floor(-shift));
        float[] row = new float[shape.W + Taps];
        float[] moved = new float[shape.PlaneSize];
        for (int plane = 0; plane < shape.Planes; plane++)
        {
            Span<float> source = values.AsSpan(plane * shape.PlaneSize, shape.PlaneSize);
            moved.AsSpan().Clear();
            for (int i = 0; i < shape.H; i++)
            {
                Span<float> target = source.Slice(i * shape.W, shape.W);
                for (int j = 0; j < row.Length; j++)
                {
                    row[j] = target[Wrap(j + first, shape.W)];
                }

                target.Clear();
                for (int tap = 0; tap < Taps; tap++)
                {
                    AddScaled(target, row.AsSpan(tap, shape.W), weights[tap]);
                }
            }

            for (int i = 0; i < shape.H; i++)
            {
                Span<float> target = moved.AsSpan(i * shape.W, shape.W);
                for (int tap = 0; tap < Taps; tap++)
                {
                    AddScaled(
                        target, source.Slice(Wrap(i + first + tap, shape.H) * shape.W, shape.W), weights[tap]);
                }
            }

            moved.CopyTo(source);
        }
    }

    private static void AddScaled(Span<float> target, ReadOnlySpan<float> values, float weight)
    {
        for (int i = 0; i < target.Length; i++)
        {
            target[i] += weight * values[i];
        }
    }

    /// <summary>The weights of the taps, with the sum 1, for a position between the two in the middle.</summary>
    private static float[] Weights(double fraction)
    {
        double[] weights = [.. Enumerable.Range(1 - Lobes, Taps).Select(tap => Lanczos(tap - fraction))];
        double sum = weights.Sum();
        return [.. weights.Select(weight => (float)(weight / sum))];
    }

    private static double Lanczos(double x) =>
        Math.Abs(x) < 1e-12 ? 1 : Math.Abs(x) >= Lobes ? 0 : Sinc(x) * Sinc(x / Lobes);

    private static double Sinc(double x) => Math.Sin(Math.PI * x) / (Math.PI * x);

    private static int Wrap(int index, int length) => ((index % length) + length) % length;
}
