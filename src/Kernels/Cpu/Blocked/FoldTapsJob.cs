using System.Runtime.Intrinsics;
using InfAdmm.Engine;
using InfAdmm.Kernels.Cpu.Simd;

namespace InfAdmm.Kernels.Cpu.Blocked;

/// <summary>
/// The second half of a convolution to at most four channels: with the products of all taps and output channels at every
/// input pixel (one matrix product whose lanes are taps × channels, none idle), an output is the sum over its taps of
/// the products at the pixels that they see: y[o, p] = act(bias[o] + Σ_t products[pixel(p, t)][t·C + o]). Four lanes are
/// added at a time. A piece is some output rows; bound by loads, one for each tap.
/// </summary>
internal unsafe struct FoldTapsJob<S, V> : IJob
    where S : struct, ISimd<V>
    where V : unmanaged
{
    /// <summary>Pixels that make a piece worth handing out.</summary>
    private const int PixelsPerRun = 256;

    public TapProducts Products;
    public float* Output;
    public Shape OutputShape;
    public float* Bias;
    public Activation Activation;

    /// <summary>Pieces: runs of rows of all images.</summary>
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
        float* target = Output + ((long)image * channels * OutputShape.H + row) * OutputShape.W;
        float* lines = Products.Line(image, row);
        long lineStep = Products.LineStep(row);
        int lineCount = Products.Rows[row].Count;
        for (int column = 0; column < OutputShape.W; column++)
        {
            float* line = lines + Products.First(column);
            nint step = Products.Step(column);
            int count = Products.Columns[column].Count;
            Vector128<float> sum = Vector128<float>.Zero;
            for (int k = 0; k < lineCount; k++)
            {
                float* product = line;
                for (int l = 0; l < count; l++)
                {
                    sum += Vector128.Load(product);
                    product += step;
                }

                line += lineStep;
            }

            for (int c = 0; c < channels; c++)
            {
                target[(long)c * OutputShape.PlaneSize + column] = sum[c] + Bias[c];
            }
        }

        for (int c = 0; c < channels && Activation != Activation.None; c++)
        {
            Activate(target + (long)c * OutputShape.PlaneSize);
        }
    }

    private readonly void Activate(float* line)
    {
        int i = 0;
        for (; i + S.Width <= OutputShape.W; i += S.Width)
        {
            V value = S.Load(line + i);
            S.Store(line + i, Activation == Activation.Relu ? S.Max(value, S.Zero) : Logistic<S, V>.Of(value));
        }

        for (; i < OutputShape.W; i++)
        {
            line[i] = Activation == Activation.Relu ? Math.Max(line[i], 0) : Logistic<Simd1, float>.Of(line[i]);
        }
    }
}
