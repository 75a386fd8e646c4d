namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The division of the rows of a product (output channels) into blocks for the micro-kernel: full blocks of
/// <see cref="MaxRows"/>, then one smaller block for the remainder, padded with zeros to 8, 4 or 1 rows.
/// </summary>
internal readonly struct RowBlocks
{
    private readonly int _full;
    private readonly int _lastRows;

    private RowBlocks(int rows, int maxRows)
    {
        Rows = rows;
        MaxRows = maxRows;
        _full = rows / maxRows;
        _lastRows = (rows - _full * maxRows) switch
        {
            0 => 0,
            1 => 1,
            <= 4 => 4,
            _ => 8,
        };
    }

    /// <summary>The number of rows.</summary>
    public int Rows { get; }

    /// <summary>Rows of a full block.</summary>
    public int MaxRows { get; }

    /// <summary>The number of blocks.</summary>
    public int Count => _full + (_lastRows > 0 ? 1 : 0);

    /// <summary>Rows including the zero rows of the last block.</summary>
    public int PackedRows => _full * MaxRows + _lastRows;

    public static RowBlocks Of<S, V>(int rows)
        where S : struct, ISimd<V>
        where V : unmanaged
        => new(rows, MicroKernel<S, V>.MaxRows);

    /// <summary>The first row of a block.</summary>
    public int Start(int block) => block * MaxRows;

    /// <summary>Rows of a block, including zero rows.</summary>
    public int Size(int block) => block < _full ? MaxRows : _lastRows;

    /// <summary>Rows of a block, without zero rows.</summary>
    public int Valid(int block) => Math.Min(Size(block), Rows - Start(block));
}
