namespace InfAdmm.Kernels.Cpu;

/// <summary>A run of steps of a <see cref="BlockKernel{S, V}"/> that read equally spaced floats of its rows.</summary>
internal struct Segment
{
    /// <summary>The offset of the first step from each row's pointer, in bytes.</summary>
    public nint Offset;

    /// <summary>The number of steps.</summary>
    public nint Length;
}

/// <summary>The operands of one <see cref="BlockKernel{S, V}"/> call.</summary>
internal unsafe struct BlockTile
{
    /// <summary>A pointer to the source of each row: the pixels of a tile may be anywhere.</summary>
    public byte** Rows;

    /// <summary>Bytes from one step to the next within a segment.</summary>
    public nint RowStep;

    public Segment* Segments;
    public int SegmentCount;

    /// <summary>The vectors of the first step; those of one step are contiguous.</summary>
    public float* Weights;

    /// <summary>Floats from the vectors of one step to those of the next.</summary>
    public nint WeightStep;

    /// <summary>The initial values of the sums: one per lane, the same for all rows.</summary>
    public float* Bias;

    /// <summary>A pointer to the destination of each row.</summary>
    public float** Targets;

    /// <summary>The offset of the first vector from each row's target, in floats.</summary>
    public nint TargetOffset;

    /// <summary>Floats from one vector of a row to the next.</summary>
    public nint TargetPitch;

    /// <summary>Whether negative results are replaced by 0.</summary>
    public bool Relu;

    /// <summary>Whether the sums are added to the values in the targets.</summary>
    public bool Accumulate;
}
