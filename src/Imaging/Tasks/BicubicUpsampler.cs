using InfAdmm.Engine;

namespace InfAdmm.Imaging.Tasks;

/// <summary><see cref="BicubicUpsampling"/> for one shape, with its tables and workspace: a call allocates nothing.</summary>
internal sealed class BicubicUpsampler
{
    private const int Taps = 4;

    private readonly Shape _shape;
    private readonly Shape _upsampled;
    private readonly float[,] _weights;
    private readonly int[] _rows;
    private readonly int[] _columns;
    private readonly float[] _wide;

    /// <summary>Computes the weights.</summary>
    /// <param name="shape">The shape of y.</param>
    /// <param name="stride">The upsampling factor.</param>
    /// <param name="sharpness">Keys' parameter a.</param>
    /// <param name="shift">How far the result is moved down and to the right, in its pixels.</param>
    public BicubicUpsampler(
        Shape shape, int stride, double sharpness = BicubicUpsampling.Sharpness, double shift = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(shift);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(shift, stride);
        _shape = shape;
        _upsampled = shape.Upsampled(stride);
        _weights = Weights(stride, sharpness, shift);
        _rows = Sources(shape.H, stride, shift);
        _columns = Sources(shape.W, stride, shift);
        _wide = new float[shape.H * _upsampled.W];
    }

    /// <summary>Upsamples all planes.</summary>
    /// <param name="y">The values, as planes in row-major order.</param>
    /// <param name="x">Receives the upsampled planes.</param>
    public void Apply(ReadOnlySpan<float> y, Span<float> x)
    {
        x.Clear();
        for (int plane = 0; plane < _shape.Planes; plane++)
        {
            ReadOnlySpan<float> source = y.Slice(plane * _shape.PlaneSize, _shape.PlaneSize);
            Span<float> target = x.Slice(plane * _upsampled.PlaneSize, _upsampled.PlaneSize);
            WidenRows(source, _shape, _weights, _columns, _wide);
            WidenColumns(_wide, _upsampled, _weights, _rows, target);
        }
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
