namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The half spectra of an image and of its decimation by Stride. Low-resolution frequency (ky, kx) is the alias of the
/// Stride² frequencies (ky + a·LowHeight, kx + b·LowWidth). A piece is a group of low-resolution rows.
/// </summary>
internal readonly struct AliasGrid(int height, int width, int stride)
{
    public int Height { get; } = height;

    public int Width { get; } = width;

    public int Stride { get; } = stride;

    public int LowHeight { get; } = height / stride;

    public int LowWidth { get; } = width / stride;

    /// <summary>Complex columns of the image's half spectrum.</summary>
    public int Columns => Width / 2 + 1;

    /// <summary>Complex columns of the low-resolution half spectrum.</summary>
    public int LowColumns => LowWidth / 2 + 1;

    /// <summary>Low-resolution rows per piece.</summary>
    public int RowsPerPiece => Math.Max(1, PieceSizes.Elements / (Stride * Columns));

    /// <summary>Pieces per plane.</summary>
    public int Pieces => (LowHeight + RowsPerPiece - 1) / RowsPerPiece;
}
