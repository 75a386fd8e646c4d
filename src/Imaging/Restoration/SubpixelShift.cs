using System.Buffers;
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

    /// <summary>Moves all planes in place: the value at (i, j) becomes the one at (i − down, j − right).</summary>
    /// <param name="values">The planes, row by row.</param>
    /// <param name="shape">Their shape.</param>
    /// <param name="down">The distance along a column, in pixels.</param>
    /// <param name="right">The distance along a row, in pixels.</param>
    public static void Apply(float[] values, Shape shape, double down, double right)
    {
        if (down == 0 && right == 0)
        {
            return;
        }

        Span<float> downWeights = stackalloc float[Taps];
        Span<float> rightWeights = stackalloc float[Taps];
        int above = Weights(-down, downWeights);
        int before = Weights(-right, rightWeights);
        float[] row = ArrayPool<float>.Shared.Rent(shape.W + Taps);
        float[] moved = ArrayPool<float>.Shared.Rent(shape.PlaneSize);
        for (int plane = 0; plane < shape.Planes; plane++)
        {
            Span<float> source = values.AsSpan(plane * shape.PlaneSize, shape.PlaneSize);
            moved.AsSpan(0, shape.PlaneSize).Clear();
            for (int i = 0; i < shape.H; i++)
            {
                Span<float> target = source.Slice(i * shape.W, shape.W);
                for (int j = 0; j < shape.W + Taps; j++)
                {
                    row[j] = target[Wrap(j + before, shape.W)];
                }

                target.Clear();
                for (int tap = 0; tap < Taps; tap++)
                {
                    AddScaled(target, row.AsSpan(tap, shape.W), rightWeights[tap]);
                }
            }

            for (int i = 0; i < shape.H; i++)
            {
                Span<float> target = moved.AsSpan(i * shape.W, shape.W);
                for (int tap = 0; tap < Taps; tap++)
                {
                    int from = Wrap(i + above + tap, shape.H) * shape.W;
                    AddScaled(target, source.Slice(from, shape.W), downWeights[tap]);
                }
            }

            moved.AsSpan(0, shape.PlaneSize).CopyTo(source);
        }

        ArrayPool<float>.Shared.Return(row);
        ArrayPool<float>.Shared.Return(moved);
    }

    private static void AddScaled(Span<float> target, ReadOnlySpan<float> values, float weight)
    {
        for (int i = 0; i < target.Length; i++)
        {
            target[i] += weight * values[i];
        }
    }

    /// <summary>The weights of the taps around a place, with the sum 1.</summary>
    /// <param name="place">The place, relative to the pixel of the result.</param>
    /// <param name="weights">Receives the weights.</param>
    /// <returns>The first tap, relative to the pixel of the result.</returns>
    private static int Weights(double place, Span<float> weights)
    {
        var whole = (int)Math.Floor(place);
        double sum = 0;
        for (int tap = 0; tap < Taps; tap++)
        {
            sum += Lanczos(tap + 1 - Lobes - (place - whole));
        }

        for (int tap = 0; tap < Taps; tap++)
        {
            weights[tap] = (float)(Lanczos(tap + 1 - Lobes - (place - whole)) / sum);
        }

        return whole + 1 - Lobes;
    }

    private static double Lanczos(double x) =>
        Math.Abs(x) < 1e-12 ? 1 : Math.Abs(x) >= Lobes ? 0 : Sinc(x) * Sinc(x / Lobes);

    private static double Sinc(double x) => Math.Sin(Math.PI * x) / (Math.PI * x);

    private static int Wrap(int index, int length) => ((index % length) + length) % length;
}
