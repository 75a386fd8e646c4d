using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The geometry and the scratch of <c>Conv2dBackwardInput</c>: padded gy, which all phases use, and the weights and tap
/// offsets of each phase. Phases are numbered row by row.
/// </summary>
internal unsafe struct BackwardInputPlan
{
    private readonly Conv2dSpec _spec;
    private readonly int _firstRow;
    private readonly int _firstColumn;
    private long _paddedAt;
    private long _weightsAt;
    private long _biasAt;
    private long _offsetsAt;
    private long _paddedLength;

    public BackwardInputPlan(Shape y, Shape kernel, Conv2dSpec spec, Shape target, RowBlocks blocks)
    {
        _spec = spec;
        Kernel = kernel;
        Target = target;
        Blocks = blocks;

        // Output q of a phase reads gy rows q − κ: rows firstRow − (taps − 1) … (H − 1 + top) / s of gy are needed.
        _firstRow = spec.Top / spec.Stride;
        _firstColumn = spec.Left / spec.Stride;
        Planes = new PaddedPlanes
        {
            SourceHeight = y.H,
            SourceWidth = y.W,
            Top = LastTap(kernel.H) - _firstRow,
            Left = LastTap(kernel.W) - _firstColumn,
            Stride = 1,
            Boundary = spec.Boundary,
            RowPhases = 1,
            ColumnPhases = 1,
            Height = (target.H - 1 + spec.Top) / spec.Stride - _firstRow + 1 + LastTap(kernel.H),
            Width = (target.W - 1 + spec.Left) / spec.Stride - _firstColumn + 1 + LastTap(kernel.W),
        };
    }

    public Shape Kernel { get; }

    /// <summary>The shape of the gradient, including the batch.</summary>
    public Shape Target { get; }

    public RowBlocks Blocks { get; }

    /// <summary>The layout of padded gy.</summary>
    public PaddedPlanes Planes { get; }

    public readonly int Stride => _spec.Stride;

    public readonly int Phases => Stride * Stride;

    /// <summary>Floats of padded gy per image.</summary>
    public readonly long ImagePitch => Kernel.N * Planes.PlanePitch;

    public float* Padded { get; private set; }

    public readonly float* PaddedEnd => Padded + _paddedLength;

    public float* Weights { get; private set; }

    public float* Bias { get; private set; }

    public nint* Offsets { get; private set; }

    /// <summary>
    /// Reserves scratch for chunks of the given number of images, with slack for vectors that read past the end.
    /// </summary>
    public void Reserve(int images, int slack, ref ScratchLayout regions)
    {
        long depth = (long)Kernel.N * Kernel.PlaneSize;
        _paddedLength = images * ImagePitch;
        _paddedAt = regions.Reserve(_paddedLength + slack);
        _weightsAt = regions.Reserve(depth * Blocks.PackedRows);
        _biasAt = regions.Reserve(Blocks.PackedRows);
        _offsetsAt = regions.ReserveOffsets(depth);
    }

    public void Bind(float* scratch)
    {
        Padded = scratch + _paddedAt;
        Weights = scratch + _weightsAt;
        Bias = scratch + _biasAt;
        Offsets = (nint*)(scratch + _offsetsAt);
    }

    public readonly BackwardInputPhase Phase(int index)
    {
        int a = index / Stride;
        int b = index % Stride;
        var rows = new PhaseAxis(a, Stride, _spec.Top, Target.H, Kernel.H);
        var columns = new PhaseAxis(b, Stride, _spec.Left, Target.W, Kernel.W);

        // The kernel taps of the phases before this one: whole rows of phases, then those to the left in its row.
        int tapsAbove = TapsBefore(a, Kernel.H) * Kernel.W;
        int tapsLeft = rows.Taps * TapsBefore(b, Kernel.W);
        return new BackwardInputPhase
        {
            Taps = new TapSet
            {
                Channels = Kernel.N,
                ChannelPitch = (long)Kernel.C * Kernel.PlaneSize,
                Rows = rows.Taps,
                RowStart = a,
                Columns = columns.Taps,
                ColumnStart = b,
                Step = Stride,
                KernelWidth = Kernel.W,
            },
            FirstTap = (long)Kernel.N * (tapsAbove + tapsLeft),
            Height = rows.Count,
            Width = columns.Count,
            InputStart = (rows.Quotient - _firstRow) * (long)Planes.Width + columns.Quotient - _firstColumn,
            OutputStart = rows.First * (long)Target.W + columns.First,
        };
    }

    /// <summary>Writes the offsets of a phase's taps, in the order in which its weights are packed.</summary>
    public readonly void FillOffsets(in BackwardInputPhase phase)
    {
        nint* offset = Offsets + phase.FirstTap;
        for (int o = 0; o < Kernel.N; o++)
        {
            for (int k = 0; k < phase.Taps.Rows; k++)
            {
                for (int l = 0; l < phase.Taps.Columns; l++)
                {
                    long row = LastTap(Kernel.H) - k;
                    long column = LastTap(Kernel.W) - l;
                    *offset++ = (nint)(o * Planes.PlanePitch + row * Planes.Width + column) * sizeof(float);
                }
            }
        }
    }

    /// <summary>The highest κ of any phase.</summary>
    private readonly int LastTap(int kernel) => (kernel - 1) / Stride;

    /// <summary>The number of taps k of an axis whose phase k mod s is below the given one.</summary>
    private readonly int TapsBefore(int phase, int kernel) =>
        kernel / Stride * phase + Math.Min(kernel % Stride, phase);
}

/// <summary>One phase of a backward convolution.</summary>
internal struct BackwardInputPhase
{
    public TapSet Taps;

    /// <summary>The number of taps of the phases before this one: the start of its weights and offsets.</summary>
    public long FirstTap;

    public int Height;
    public int Width;
    public long InputStart;
    public long OutputStart;
}

/// <summary>One axis of a phase φ: the outputs i with i + pad ≡ φ (mod s).</summary>
internal readonly struct PhaseAxis
{
    public PhaseAxis(int phase, int stride, int pad, int size, int kernel)
    {
        First = IndexArithmetic.Modulo(phase - pad, stride);
        Count = First < size ? (size - 1 - First) / stride + 1 : 0;
        Quotient = (First + pad) / stride;
        Taps = phase < kernel ? (kernel - 1 - phase) / stride + 1 : 0;
    }

    /// <summary>The first output of the phase.</summary>
    public int First { get; }

    /// <summary>The number of its outputs.</summary>
    public int Count { get; }

    /// <summary>q = (i + pad) / s of the first output.</summary>
    public int Quotient { get; }

    /// <summary>The number of kernel taps k ≡ φ (mod s).</summary>
    public int Taps { get; }
}
