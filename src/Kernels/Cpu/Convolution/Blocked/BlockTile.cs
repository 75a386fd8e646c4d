namespace InfAdmm.Kernels.Cpu;

/// <summary>A run of steps of a <see cref="BlockKernel{S, V}"/>: neighbours in what its rows read.</summary>
internal struct Segment
{
    /// <summary>Where the first step reads, in bytes from each row's pointer.</summary>
    public nint Offset;

    /// <summary>The count of steps.</summary>
    public nint Length;
}

/// <summary>The operands of one <see cref="BlockKernel{S, V}"/> call.</summary>
internal unsafe struct BlockTile
{
    /// <summary>Where each row reads, a pointer each: pixels of a tile may lie anywhere.</summary>
    public byte** Rows;

    /// <summary>Bytes from one step to the next within a segment.</summary>
    public nint RowStep;

    public Segment* Segments;
    public int SegmentCount;

    /// <summary>The vectors of the first step; those of one step are neighbours.</summary>
    public float* Weights;

    /// <summary>Floats from the vectors of one step to those of the next.</summary>
    public nint WeightStep;

    /// <summary>What the sums start from: one value a lane, the same for all rows.</summary>
    public float* Bias;

    /// <summary>Where the first vector of each row is stored.</summary>
    public float** Targets;

    /// <summary>Floats from each row's target to its first vector.</summary>
    public nint TargetOffset;

    /// <summary>Floats from one vector of a row to the next.</summary>
    public nint TargetPitch;

    /// <summary>Whether negative results become 0.</summary>
    public bool Relu;

    /// <summary>Whether the sums are added to what the targets hold.</summary>
    public bool Accumulate;
}
