namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Output pixels on a regular grid, which see the same taps: all pixels of a convolution, or one phase of a strided
/// transposed one.
/// </summary>
internal unsafe struct PixelGrid
{
    public int Rows;
    public int Columns;

    /// <summary>Input rows from one row of the grid to the next.</summary>
    public int SourceRowStep;

    /// <summary>Input columns from one column of the grid to the next.</summary>
    public int SourceColumnStep;

    /// <summary>Output pixels from one row or column of the grid to the next.</summary>
    public int TargetStep;

    /// <summary>The output pixel of the grid's first.</summary>
    public int TargetRow;

    /// <summary>See <see cref="TargetRow"/>.</summary>
    public int TargetColumn;

    /// <summary>Offsets are from the input pixel that row and column step to.</summary>
    public Segment* Segments;

    public int SegmentCount;

    /// <summary>Packed as [group of vectors][step][vector of the group].</summary>
    public float* Weights;

    /// <summary>Steps in all segments.</summary>
    public int Depth;
}
