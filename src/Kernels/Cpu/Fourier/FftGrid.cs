namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The layout between the two axes of a real 2-D DFT. A plane is divided into blocks of Lanes columns; a block has one
/// element per row, Lanes real parts and Lanes imaginary parts, as the transform along the columns needs it. After the
/// transform along the rows, column 0 and, if the width is even, column Width/2 are real: they share one complex
/// column, so that an even width has Width/2 columns and no block of a single column. The inverse uses the same layout
/// with real and imaginary parts exchanged.
/// </summary>
internal readonly struct FftGrid(int height, int width, int lanes)
{
    public int Height { get; } = height;

    public int Width { get; } = width;

    public int Lanes { get; } = lanes;

    /// <summary>True if column Width/2 is stored in the imaginary part of column 0.</summary>
    public bool IsPacked => Width % 2 == 0;

    /// <summary>Complex columns between the axes.</summary>
    public int Columns => (Width + 1) / 2;

    /// <summary>Blocks per plane.</summary>
    public int Blocks => (Columns + Lanes - 1) / Lanes;

    /// <summary>
    /// Pairs of real rows; each is one complex row. The last row of an odd height is paired with itself.
    /// </summary>
    public int Pairs => (Height + 1) / 2;

    /// <summary>Floats of a row of the half spectrum.</summary>
    public int SpectrumWidth => 2 * (Width / 2 + 1);

    /// <summary>Floats of one block.</summary>
    public long BlockSize => 2L * Lanes * Height;

    /// <summary>Floats of all blocks of a plane.</summary>
    public long PlaneSize => Blocks * BlockSize;
}
