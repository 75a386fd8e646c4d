namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Convolution by its definition in the blocked layout: the kernel computes tiles of pixels × vectors of output
/// channels, with taps as segments. A piece is a run of pixels times some groups of channels; its weights are read from
/// the second-level cache, once for each tile of pixels. Bound by multiply-adds.
/// </summary>
internal unsafe struct DirectConvolutionJob<S, V> : IJob
    where S : struct, ISimd<V>
    where V : unmanaged
{
    /// <summary>Tiles of pixels in the largest piece.</summary>
    private const int MaxTiles = 32;

    /// <summary>Vector multiply-adds that are worth a piece of their own: a few microseconds.</summary>
    private const long PieceWork = 8192;

    public BlockedPlanes Input;

    /// <summary>The output pixel (0, 0) of the first vector of the first image.</summary>
    public float* Output;

    public long OutputImagePitch;
    public long OutputRowPitch;
    public long OutputPixelPitch;
    public long OutputVectorPitch;

    public PixelGrid* Grids;
    public int GridCount;
    public VectorGroups Groups;
    public float* Bias;
    public bool Relu;

    private int _tilesPerPiece;
    private int _groupsPerPiece;
    private int _groupPieces;

    /// <summary>Chooses the pieces; call it after all fields are set.</summary>
    /// <returns>The number of pieces.</returns>
    public int Plan()
    {
        int tiles = 0;
        long work = 0;
        for (int g = 0; g < GridCount; g++)
        {
            tiles += Tiles(Grids[g]);
            work += (long)Tiles(Grids[g]) * BlockKernel<S, V>.MaxRows * Grids[g].Depth * Groups.Vectors;
        }

        int pieces = (int)Math.Clamp(work / PieceWork, 1, PieceSizes.EnoughPieces);
        _tilesPerPiece = Math.Clamp(tiles / pieces, 1, MaxTiles);
        int runs = 0;
        for (int g = 0; g < GridCount; g++)
        {
            runs += Runs(Grids[g]);
        }

        int groupPieces = Math.Clamp(pieces / Math.Max(runs, 1), 1, Groups.Count);
        _groupsPerPiece = (Groups.Count + groupPieces - 1) / groupPieces;
        _groupPieces = (Groups.Count + _groupsPerPiece - 1) / _groupsPerPiece;
        return runs * _groupPieces;
    }

    public readonly void Execute(int index, int worker)
    {
        int firstGroup = index % _groupPieces * _groupsPerPiece;
        int endGroup = Math.Min(firstGroup + _groupsPerPiece, Groups.Count);
        int run = index / _groupPieces;
        PixelGrid* grid = Grids;
        while (run >= Runs(*grid))
        {
            run -= Runs(*grid);
            grid++;
        }

        int rows = BlockKernel<S, V>.MaxRows;
        int first = run * _tilesPerPiece * rows;
        int pixels = Math.Min(_tilesPerPiece * rows, Pixels(*grid) - first);
        byte** sources = stackalloc byte*[MaxTiles * 8];
        float** targets = stackalloc float*[MaxTiles * 8];
        Locate(*grid, first, pixels, sources, targets);
        int whole = (pixels + rows - 1) / rows * rows;
        for (int i = pixels; i < whole; i++)
        {
            sources[i] = sources[pixels - 1];
        }

        for (int group = firstGroup; group < endGroup; group++)
        {
            Compute(*grid, group, pixels, sources, targets);
        }
    }

    private readonly void Compute(in PixelGrid grid, int group, int pixels, byte** sources, float** targets)
    {
        int start = Groups.Start(group);
        int vectors = Groups.Size(group);
        float* buffer = stackalloc float[8 * BlockKernel<S, V>.MaxVectors * S.Width];
        float** bufferTargets = stackalloc float*[8];
        var tile = new BlockTile
        {
            RowStep = sizeof(float),
            Segments = grid.Segments,
            SegmentCount = grid.SegmentCount,
            Weights = grid.Weights + (long)start * S.Width * grid.Depth,
            WeightStep = vectors * S.Width,
            Bias = Bias + start * S.Width,
            TargetOffset = (nint)(start * OutputVectorPitch),
            TargetPitch = (nint)OutputVectorPitch,
            Relu = Relu,
        };
        int rows = BlockKernel<S, V>.MaxRows;
        int pixel = 0;
        for (; pixel + rows <= pixels; pixel += rows)
        {
            tile.Rows = sources + pixel;
            tile.Targets = targets + pixel;
            BlockKernel<S, V>.Run(&tile, rows, vectors);
        }

        if (pixel == pixels)
        {
            return;
        }

        // Surplus rows have no target, so the tile is written to a buffer first.
        rows = BlockKernel<S, V>.RowsFor(pixels - pixel);
        for (int r = 0; r < rows; r++)
        {
            bufferTargets[r] = buffer + r * BlockKernel<S, V>.MaxVectors * S.Width;
        }

        tile.Rows = sources + pixel;
        tile.Targets = bufferTargets;
        tile.TargetOffset = 0;
        tile.TargetPitch = S.Width;
        BlockKernel<S, V>.Run(&tile, rows, vectors);
        for (int r = 0; pixel + r < pixels; r++)
        {
            for (int v = 0; v < vectors; v++)
            {
                S.Store(targets[pixel + r] + (start + v) * OutputVectorPitch, S.Load(bufferTargets[r] + v * S.Width));
            }
        }
    }

    /// <summary>Finds the sources and targets of consecutive pixels of a grid.</summary>
    private readonly void Locate(in PixelGrid grid, int first, int pixels, byte** sources, float** targets)
    {
        int column = first % grid.Columns;
        int row = first / grid.Columns % grid.Rows;
        int image = first / (grid.Columns * grid.Rows);
        for (int i = 0; i < pixels; i++)
        {
            sources[i] = (byte*)Input.Pixel(image, 0, row * grid.SourceRowStep, column * grid.SourceColumnStep);
            targets[i] = Output + image * OutputImagePitch
                + (row * grid.TargetStep + grid.TargetRow) * OutputRowPitch
                + (column * grid.TargetStep + grid.TargetColumn) * OutputPixelPitch;
            if (++column == grid.Columns)
            {
                column = 0;
                if (++row == grid.Rows)
                {
                    row = 0;
                    image++;
                }
            }
        }
    }

    private readonly int Pixels(in PixelGrid grid) => Input.Images * grid.Rows * grid.Columns;

    private readonly int Tiles(in PixelGrid grid) =>
        (Pixels(grid) + BlockKernel<S, V>.MaxRows - 1) / BlockKernel<S, V>.MaxRows;

    private readonly int Runs(in PixelGrid grid) => (Tiles(grid) + _tilesPerPiece - 1) / _tilesPerPiece;
}
