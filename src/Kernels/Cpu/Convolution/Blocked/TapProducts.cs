namespace InfAdmm.Kernels.Cpu;

/// <summary>The products that an output row or column adds up: where the first lies, and the way to the next.</summary>
internal readonly struct ProductRun(nint first, nint step, int count)
{
    public nint First => first;

    public nint Step => step;

    public int Count => count;
}

/// <summary>
/// The second half of a convolution done as one product: where the products of all taps lie, [row][column][tap][channel],
/// and which of them an output adds up. <see cref="Rows"/> and <see cref="Columns"/> are those of every output row and
/// column, in floats; their sum is an output's.
/// </summary>
internal unsafe struct TapProducts
{
    /// <summary>The products at input pixel (0, 0).</summary>
    public float* Origin;

    public long ImagePitch;
    public ProductRun* Rows;
    public ProductRun* Columns;
}
