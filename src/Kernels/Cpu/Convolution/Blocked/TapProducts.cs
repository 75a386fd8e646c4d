namespace InfAdmm.Kernels.Cpu;

/// <summary>The products that an output row or column adds up: offset of the first, step and number.</summary>
internal readonly struct ProductRun(nint first, nint step, int count)
{
    public nint First => first;

    public nint Step => step;

    public int Count => count;
}

/// <summary>
/// The products of all taps of a convolution, [row][column][tap][channel], and which of them each output adds up.
/// <see cref="Rows"/> and <see cref="Columns"/> contain the offsets for every output row and column, in floats; those
/// of an output are their sums.
/// </summary>
internal unsafe struct TapProducts
{
    /// <summary>The products at input pixel (0, 0).</summary>
    public float* Origin;

    public long ImagePitch;
    public ProductRun* Rows;
    public ProductRun* Columns;
}
