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
    /// The convolution's: output p and tap t meet at input p·stride + t − before; transposed, at
    /// (p + before − t) / stride where that is whole.
    /// </summary>
    public int Stride;

    /// <summary>See <see cref="Stride"/>.</summary>
    public bool Transposed;

    /// <summary>See <see cref="Stride"/>.</summary>
    public int Top;

    /// <summary>See <see cref="Stride"/>.</summary>
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
        int channels = OutputShape.C;
        float* products = Products + image * ImagePitch;
        float* target = Output + ((long)image * channels * OutputShape.H + row) * OutputShape.W;
        Meeting rows = Meet(row, Top, TapRows, FirstRow, EndRow);
        products += rows.Input * RowPitch + (long)rows.Tap * TapColumns * channels;
        long rowStep = rows.InputStep * RowPitch + (long)rows.TapStep * TapColumns * channels;
        for (int column = 0; column < OutputShape.W; column++)
        {
            Meeting columns = Meet(column, Left, TapColumns, FirstColumn, EndColumn);
            float* line = products + (long)columns.Input * PixelPitch + columns.Tap * channels;
            nint step = (nint)columns.InputStep * PixelPitch + columns.TapStep * channels;
            Vector128<float> sum = Vector128<float>.Zero;
            for (int k = 0; k < rows.Count; k++)
            {
                float* product = line;
                for (int l = 0; l < columns.Count; l++)
                {
                    sum += Vector128.Load(product);
                    product += step;
                }

                line += rowStep;
            }

            for (int c = 0; c < channels; c++)
            {
                target[(long)c * OutputShape.PlaneSize + column] = Activate(sum[c] + Bias[c]);
            }
        }
    }

    /// <summary>The taps that an output row or column sees, and the inputs at which: both in equal steps.</summary>
    private readonly Meeting Meet(int output, int before, int taps, int first, int end)
    {
        Meeting meeting = default;
        int skipped;
        if (Transposed)
        {
            int place = output + before;
            meeting.TapStep = Stride;
            meeting.InputStep = -1;
            skipped = Math.Max(0, place / Stride - end + 1);
            meeting.Tap = place % Stride + skipped * Stride;
            meeting.Input = place / Stride - skipped;
            meeting.Count = Math.Min((taps - 1 - meeting.Tap + Stride) / Stride, meeting.Input - first + 1);
        }
        else
        {
            int place = output * Stride - before;
            meeting.TapStep = 1;
            meeting.InputStep = 1;
            skipped = Math.Max(0, first - place);
            meeting.Tap = skipped;
            meeting.Input = place + skipped;
            meeting.Count = Math.Min(taps - skipped, end - meeting.Input);
        }

        return meeting;
    }

    private readonly float Activate(float value) => Activation switch
    {
        Activation.Relu => Math.Max(value, 0),
        Activation.Sigmoid => 1 / (1 + MathF.Exp(-value)),
        _ => value,
    };

    private struct Meeting
    {
        public int Tap;
        public int TapStep;
        public int Input;
        public int InputStep;
        public int Count;
    }
}
