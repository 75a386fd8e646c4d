namespace InfAdmm.Imaging.Datasets;

/// <summary>One of the eight ways to lay a square on its place: mirrored or not, then turned.</summary>
/// <param name="Number">From 0, upright: turns anticlockwise by 90°, and 4 more if mirrored first.</param>
public readonly record struct Orientation(int Number)
{
    /// <summary>How many there are.</summary>
    public const int Count = 8;

    /// <summary>As it is.</summary>
    public static Orientation Upright => new(0);

    /// <summary>Left and right exchanged.</summary>
    public static Orientation Mirrored => new(4);

    /// <summary>Which pixel of a square comes to (<paramref name="row"/>, <paramref name="column"/>).</summary>
    public (int Row, int Column) Source(int row, int column, int size)
    {
        int last = size - 1;
        (row, column) = (Number & 3) switch
        {
            1 => (column, last - row),
            2 => (last - row, last - column),
            3 => (last - column, row),
            _ => (row, column),
        };
        return Number < 4 ? (row, column) : (row, last - column);
    }
}
