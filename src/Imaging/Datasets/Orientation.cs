namespace InfAdmm.Imaging.Datasets;

/// <summary>One of the eight symmetries of a square: mirrored or not, then rotated.</summary>
/// <param name="Number">
/// The number of anticlockwise rotations by 90°, 0 to 3; plus 4 if mirrored left to right first.
/// </param>
public readonly record struct Orientation(int Number)
{
    /// <summary>The number of orientations.</summary>
    public const int Count = 8;

    /// <summary>Unchanged.</summary>
    public static Orientation Upright => new(0);

    /// <summary>Left and right exchanged.</summary>
    public static Orientation Mirrored => new(4);

    /// <summary>
    /// Returns the pixel of the original that moves to (<paramref name="row"/>, <paramref name="column"/>).
    /// </summary>
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
