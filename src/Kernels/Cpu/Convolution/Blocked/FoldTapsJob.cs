using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The second half of a convolution to at most four channels. The first half is one matrix product that gives the
/// products of all taps and output channels at every input pixel; its lanes are taps × channels, so none is unused. An
/// output is then the sum over its taps: y[o, p] = act(bias[o] + Σ_t products[pixel(p, t)][t·C + o]). Four lanes are
/// added at a time. A piece is a run of output rows; bound by loads, one per tap.
/// </summary>
internal unsafe struct FoldTapsJob<S, V> : IJob
    where S : struct, ISimd<V>
    where V : unmanaged
{
    /// <summary>Pixels that are worth a piece of their own.</summary>
    private const int PixelsPerRun = 1024;

    public TapProducts Products;
    public float* Output;
    public Shape OutputShape;
    public float* Bias;
    public Activation Activation;

    /// <summary>The number of pieces: runs of rows of all images.</summary>
    public readonly int Count => (AllRows + RowsPerRun - 1) / RowsPerRun;

    private readonly int AllRows => OutputShape.N * OutputShape.H;

    private readonly int RowsPerRun => Math.Max(PixelsPerRun / OutputShape.W, 1);

    public readonly void Execute(int index, int worker)
    {
        int end = Math.Min((index + 1) * RowsPerRun, AllRows);
        for (int row = index * RowsPerRun; row < end; row++)
        {
            Fold(row / OutputShape.H, row % OutputShape.H);
        }
    }

    private readonly void Fold(int image, int row)
    {
        int channels = OutputShape.C;
        long pitch = OutputShape.PlaneSize;
        float* target = Output + ((long)image * channels * OutputShape.H + row) * OutputShape.W;
        ProductRun rows = Products.Rows[row];
        float* lines = Products.Origin + image * Products.ImagePitch + rows.First;
        var bias = Vector128.Load(Bias);
        for (int column = 0; column < OutputShape.W; column++)
        {
            ProductRun columns = Products.Columns[column];
            float* line = lines + columns.First;
            Vector128<float> sum = bias;
            for (int k = 0; k < rows.Count; k++)
            {
                sum += Sum(line, columns.Step, columns.Count);
                line += rows.Step;
            }

            target[column] = sum.ToScalar();
            for (int c = 1; c < channels; c++)
            {
                target[c * pitch + column] = sum.GetElement(c);
            }
        }

        for (int c = 0; c < channels && Activation != Activation.None; c++)
        {
            Activate(target + c * pitch);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Sum(float* product, nint step, int count)
    {
        if (count == 4)
        {
            return Vector128.Load(product) + Vector128.Load(product + step)
                + (Vector128.Load(product + 2 * step) + Vector128.Load(product + 3 * step));
        }

        if (count == 3)
        {
            return Vector128.Load(product) + Vector128.Load(product + step) + Vector128.Load(product + 2 * step);
        }

        Vector128<float> sum = Vector128<float>.Zero;
        for (int i = 0; i < count; i++)
        {
            sum += Vector128.Load(product);
            product += step;
        }

        return sum;
    }

    private readonly void Activate(float* line)
    {
        int i = 0;
        for (; i + S.Width <= OutputShape.W; i += S.Width)
        {
            V value = S.Load(line + i);
            S.Store(line + i, Activation == Activation.Relu ? S.Rectify(value) : Logistic<S, V>.Of(value));
        }

        for (; i < OutputShape.W; i++)
        {
            line[i] = Activation == Activation.Relu ? Math.Max(line[i], 0) : Logistic<Simd1, float>.Of(line[i]);
        }
    }
}
