namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The taps that a convolution sums over for one row (output channel): channels × kernel rows × kernel columns. Rows
/// and columns have a start and a step, so that it also describes the sub-kernels of a transposed convolution.
/// </summary>
internal struct TapSet
{
    public int Channels;
    public long ChannelPitch;
    public int Rows;
    public int RowStart;
    public int Columns;
    public int ColumnStart;

    /// <summary>Kernel rows and columns from one tap to the next.</summary>
    public int Step;

    /// <summary>Columns of the whole kernel.</summary>
    public int KernelWidth;

    /// <summary>The number of taps.</summary>
    public readonly int Depth => Channels * Rows * Columns;

    /// <summary>Whether the taps are contiguous in memory, in order.</summary>
    public readonly bool Contiguous => Step == 1 && Columns == KernelWidth && ChannelPitch == (long)Rows * Columns;
}

/// <summary>
/// Packs weights and biases for the micro-kernel, [block][tap][row of the block]; rows beyond the last are zero. A
/// piece is one block.
/// </summary>
internal unsafe struct PackWeightsJob<S, V> : IJob
    where S : struct, ISimd<V>
    where V : unmanaged
{
    public TapSet Taps;
    public RowBlocks Blocks;

    /// <summary>The weights.</summary>
    public float* Source;

    /// <summary>Floats from one row (output channel) to the next.</summary>
    public long RowPitch;

    public float* Target;

    /// <summary>The bias of each row, or null for zero.</summary>
    public float* Bias;

    public float* PackedBias;

    public readonly void Execute(int index, int worker)
    {
        int first = Blocks.Start(index);
        int size = Blocks.Size(index);
        int valid = Blocks.Valid(index);
        for (int r = 0; r < size; r++)
        {
            PackedBias[first + r] = r < valid && Bias != null ? Bias[first + r] : 0;
        }

        float* target = Target + (long)first * Taps.Depth;
        if (Taps.Contiguous)
        {
            float* rows = Source + first * RowPitch;
            Transposition<S, V>.PackRows(rows, RowPitch, valid, size, Taps.Depth, target);
            return;
        }

        for (int c = 0; c < Taps.Channels; c++)
        {
            for (int k = 0; k < Taps.Rows; k++)
            {
                long kernelRow = (Taps.RowStart + (long)k * Taps.Step) * Taps.KernelWidth;
                float* source = Source + first * RowPitch + c * Taps.ChannelPitch + kernelRow + Taps.ColumnStart;
                for (int l = 0; l < Taps.Columns; l++)
                {
                    PackTap(source, size, valid, target);
                    source += Taps.Step;
                    target += size;
                }
            }
        }
    }

    private readonly void PackTap(float* source, int size, int valid, float* target)
    {
        for (int r = 0; r < valid; r++)
        {
            target[r] = source[r * RowPitch];
        }

        for (int r = valid; r < size; r++)
        {
            target[r] = 0;
        }
    }
}
