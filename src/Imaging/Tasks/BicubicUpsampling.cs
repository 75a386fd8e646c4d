using InfAdmm.Engine;

namespace InfAdmm.Imaging.Tasks;

/// <summary>
/// Cubic convolution (Keys, IEEE TASSP 29(6):1153, 1981) aligned to the sampling grid: pixel (i, j) of y sits at
/// (s·i, s·j) and stays there (docs/mathematics.md §8). Beyond the edge the last pixel is repeated. Runs on the host.
/// </summary>
/// <remarks>
/// Both a and the edge were chosen on 60 training images of CUB-200-2011: at a = −0.75 and −0.5 the task sr4 has a PSNR
/// of 25.83 and 25.77 dB, the luma of color-sr2 32.33 and 31.93; with a periodic edge 25.58 and 32.05 at a = −0.75.
/// </remarks>
public static class BicubicUpsampling
{
    /// <summary>Keys' parameter a.</summary>
    public const double Sharpness = -0.75;

    private const int Taps = 4;

    /// <summary>Upsamples planes by the stride.</summary>
    /// <param name="y">The values, as planes in row-major order.</param>
    /// <param name="shape">The shape of y.</param>
    /// <param name="stride">The upsampling factor.</param>
    /// <param name="sharpness">
    /// Keys' parameter a: −0.5 reproduces quadratic polynomials; smaller values are sharper.
    /// </param>
    /// <param name="shift">
    /// How far the result is moved down and to the right, in its pixels: 0, or (s − 1)/2 for a y whose pixels lie in the
    /// middle of s×s pixels.
    /// </param>
    public static float[] Apply(
        ReadOnlySpan<float> y, Shape shape, int stride, double sharpness = Sharpness, double shift = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(shift);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(shift, stride);
        float[,] weights = Weights(stride, sharpness, shift);
        int[] rows = Sources(shape.H, stride, shift);
        int[] columns = Sources(shape.W, stride, shift);
        Shape upsampled = shape.Upsampled(stride);
        float[] x = new float[upsampled.Count];
        float[] wide = new float[shape.H * upsampled.W];
        for (int plane = 0; plane < shape.Planes; plane++)
        {
            ReadOnlySpan<float> source = y.Slice(plane * shape.PlaneSize, shape.PlaneSize);
            Span<float> target = x.AsSpan(plane * upsampled.PlaneSize, upsampled.PlaneSize);
            WidenRows(source, shape, weights, columns, wide);
            WidenColumns(wide, upsampled, weights, rows, target);
        }

        return x;
    }

    private static void WidenRows(
        ReadOnlySpan<float> source, Shape shape, float[,] weights, int[] columns, Span<float> wide)
    {
        int stride = weights.GetLength(0);
        for (int i = 0; i < shape.H; i++)
        {
            ReadOnlySpan<float> row = source.Slice(i * shape.W, shape.W);
            for (int j = 0; j < shape.W; j++)
            {
                for (int phase = 0; phase < stride; phase++)
                {
                    float sum = 0;
                    for (int tap = 0; tap < Taps; tap++)
                    {
                        sum += weights[phase, tap] * row[columns[(j * stride + phase) * Taps + tap]];
                    }

                    wide[(i * shape.W + j) * stride + phase] = sum;
                }
            }
        }
    }

    private static void WidenColumns(
        ReadOnlySpan<float> wide, Shape upsampled, float[,] weights, int[] rows, Span<float> target)
    {
        int stride = weights.GetLength(0);
        for (int i = 0; i < upsampled.H; i++)
        {
            Span<float> row = target.Slice(i * upsampled.W, upsampled.W);
            for (int tap = 0; tap < Taps; tap++)
            {
                float weight = weights[i % stride, tap];
                ReadOnlySpan<float> from = wide.Slice(rows[i * Taps + tap] * upsampled.W, upsampled.W);
                for (int j = 0; j < row.Length; j++)
                {
                    row[j] += weight * from[j];
                }
            }
        }
    }

    /// <summary>
    /// For each of the s pixels that belong to a pixel of y, the weights of the two pixels of y around it, the one before
    /// and the one after.
    /// </summary>
    private static float[,] Weights(int stride, double sharpness, double shift)
    {
        float[,] weights = new float[stride, Taps];
        for (int phase = 0; phase < stride; phase++)
        {
            double place = (phase - shift) / stride;
            for (int tap = 0; tap < Taps; tap++)
            {
                weights[phase, tap] = (float)Cubic(Math.Abs(tap - 1 - (place - Math.Floor(place))), sharpness);
            }
        }

        return weights;
    }

    private static double Cubic(double distance, double a) => distance switch
    {
        <= 1 => ((a + 2) * distance - (a + 3)) * distance * distance + 1,
        < 2 => a * (((distance - 5) * distance + 8) * distance - 4),
        _ => 0,
    };

    /// <summary>The source pixels of all taps of each pixel of the result.</summary>
    private static int[] Sources(int size, int stride, double shift)
    {
        int[] sources = new int[size * stride * Taps];
        for (int i = 0; i < sources.Length; i++)
        {
            int before = (int)Math.Floor((i / Taps - shift) / stride);
            sources[i] = Math.Clamp(before - 1 + i % Taps, 0, size - 1);
        }

        return sources;
    }
}
