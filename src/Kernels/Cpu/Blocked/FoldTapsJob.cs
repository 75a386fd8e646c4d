using System.Runtime.Intrinsics;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu.Blocked;

/// <summary>
/// The second half of a convolution to at most four channels: with the products of all taps and output channels at every
/// input pixel (one matrix product whose lanes are taps × channels, none idle), an output is the sum over its taps of
/// the products at the pixels that they see: y[o, p] = act(bias[o] + Σ_t products[pixel(p, t)][t·C + o]). Four lanes are
/// added at a time. A piece is one output row; bound by loads, one for each tap.
/// </summary>
internal unsafe struct FoldTapsJob : IJob
{
    /// <summary>Channels that it can take.</summary>
    public const int MaxChannels = 4;

    /// <summary>The products at input pixel (0, 0), [row][column][tap·C + channel].</summary>
    public float* Products;

    public long ImagePitch;
    public long RowPitch;
    public int PixelPitch;

    /// <summary>Taps of the kernel.</summary>
    public int TapRows;

    /// <summary>See <see cref="TapRows"/>.</summary>
    public int TapColumns;

    /// <summary>
    /// Output pixel p and tap t meet at input (p·step + t − before) / divisor where that is whole; a convolution has
    /// divisor 1, a transposed one counts its taps backwards and has step 1.
    /// </summary>
    public int Step;

    /// <summary>See <see cref="Step"/>.</summary>
    public int Divisor;

    /// <summary>See <see cref="Step"/>.</summary>
    public int TapSign;

    /// <summary>See <see cref="Step"/>.</summary>
    public int Top;

    /// <summary>See <see cref="Step"/>.</summary>
    public int Left;

    /// <summary>The first input row that products exist for; may be in the border, below 0.</summary>
    public int FirstRow;

    /// <summary>One past the last input row that products exist for.</summary>
    public int EndRow;
    public int FirstColumn;
    public int EndColumn;

    public float* Output;
    public Shape OutputShape;
    public float* Bias;
    public Activation Activation;

    public readonly void Execute(int index, int worker)
    {
        int image = index / OutputShape.H;
        int row = index % OutputShape.H;
        float* products = Products + image * ImagePitch;
        float* target = Output + ((long)image * OutputShape.C * OutputShape.H + row) * OutputShape.W;
        float** lines = stackalloc float*[TapRows];
        int lineCount = 0;
        for (int k = 0; k < TapRows; k++)
        {
            int at = row * Step + TapSign * k - Top;
            if (at % Divisor == 0 && at / Divisor >= FirstRow && at / Divisor < EndRow)
            {
                lines[lineCount++] = products + at / Divisor * RowPitch + (long)k * TapColumns * OutputShape.C;
            }
        }

        for (int column = 0; column < OutputShape.W; column++)
        {
            Vector128<float> sum = Sum(lines, lineCount, column);
            for (int c = 0; c < OutputShape.C; c++)
            {
                target[(long)c * OutputShape.PlaneSize + column] = Activate(sum[c] + Bias[c]);
            }
        }
    }

    private readonly Vector128<float> Sum(float** lines, int lineCount, int column)
    {
        Vector128<float> sum = Vector128<float>.Zero;
        for (int l = 0; l < TapColumns; l++)
        {
            int at = column * Step + TapSign * l - Left;
            if (at % Divisor != 0 || at / Divisor < FirstColumn || at / Divisor >= EndColumn)
            {
                continue;
            }

            nint offset = (nint)(at / Divisor) * PixelPitch + l * OutputShape.C;
            for (int k = 0; k < lineCount; k++)
            {
                sum += Vector128.Load(lines[k] + offset);
            }
        }

        return sum;
    }

    private readonly float Activate(float value) => Activation switch
    {
        Activation.Relu => Math.Max(value, 0),
        Activation.Sigmoid => 1 / (1 + MathF.Exp(-value)),
        _ => value,
    };
}
