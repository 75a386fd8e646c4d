namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Output pixels on a regular grid that use the same taps: all pixels of a convolution, or one phase of a strided
/// transposed convolution.
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

    /// <summary>The output row of the grid's first pixel.</summary>
    public int TargetRow;

    /// <summary>The output column of the grid's first pixel.</summary>
    public int TargetColumn;

    /// <summary>The segments; offsets are relative to the input pixel of a grid pixel.</summary>
    public Segment* Segments;

    public int SegmentCount;

    /// <summary>The weights, packed as [group of vectors][step][vector of the group].</summary>
    public float* Weights;

    /// <summary>The number of steps in all segments.</summary>
    public int Depth;
}
