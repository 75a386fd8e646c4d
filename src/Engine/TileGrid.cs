namespace InfAdmm.Engine;

/// <summary>
/// Overlapping square tiles that cover an image, row by row; the last row and column are moved back to end at its edge.
/// </summary>
/// <param name="Height">Of the image; at least the side.</param>
/// <param name="Width">Of the image; at least the side.</param>
/// <param name="Side">Rows and columns of a tile.</param>
/// <param name="Overlap">Rows and columns that neighbours share, at least: 0 … side − 1.</param>
public readonly record struct TileGrid(int Height, int Width, int Side, int Overlap)
{
    /// <summary>The count of tiles from top to bottom.</summary>
    public int Rows => Count(Height);

    /// <summary>The count of tiles from left to right.</summary>
    public int Columns => Count(Width);

    /// <summary>The count of tiles.</summary>
    public int Tiles => Rows * Columns;

    /// <summary>The step between tiles.</summary>
    public int Step => Side - Overlap;

    /// <summary>The first row of the tiles of a row of tiles.</summary>
    public int Top(int row) => Math.Min(row * Step, Height - Side);

    /// <summary>The first column of the tiles of a column of tiles.</summary>
    public int Left(int column) => Math.Min(column * Step, Width - Side);

    /// <summary>
    /// The weight along one axis of place i of a tile, before weights are divided by their sum: 1 in the middle, falling
    /// smoothly over the overlap as sin²(π/2 · (i + ½) / overlap).
    /// </summary>
    public float Weight(int i)
    {
        double edge = Math.Min(i, Side - 1 - i) + 0.5;
        double ramp = Overlap == 0 ? 1 : Math.Min(1, edge / Overlap);
        double sine = Math.Sin(Math.PI / 2 * ramp);
        return (float)(sine * sine);
    }

    /// <summary>Throws unless the tiles fit the image.</summary>
    /// <exception cref="ShapeException">They do not.</exception>
    public TileGrid Validated() =>
        Side >= 1 && Side <= Height && Side <= Width && Overlap >= 0 && Overlap < Side
            ? this
            : throw new ShapeException($"tiles of {Side} with an overlap of {Overlap} do not fit {Height}x{Width}: " +
                "the side must fit the image, and the overlap the side");

    private int Count(int size) => (size - Side + Step - 1) / Step + 1;
}
