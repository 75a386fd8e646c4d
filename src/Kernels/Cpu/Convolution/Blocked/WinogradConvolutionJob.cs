namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Stride-1 convolution by <see cref="WinogradTransform{S, V}"/>: each tile of m × m outputs takes 64 products per pair
/// of channels instead of (m·r)², 6.25 times fewer for 4×4 kernels.
/// <para>
/// A piece is a block of tiles. It does all three stages while its data stay in the second-level cache: the input
/// transforms, one channel block at a time with channels in the lanes, so that no shuffles are needed; 64 small matrix
/// products, tiles × input channels × output channels, by the kernel; and the output transforms. Only the transformed
/// weights are read from an outer cache level, once per piece. Bound by multiply-adds; the transforms add about a sixth
/// to their number.
/// </para>
/// </summary>
internal unsafe struct WinogradConvolutionJob<S, V> : IJob
    where S : struct, ISimd<V>
    where V : unmanaged
{
    private const int Points = WinogradWeights.Points;

    /// <summary>Bytes of a piece's transformed data; the rest of the second-level cache is for weights.</summary>
    private const int TransformedBytes = CacheSizes.SecondLevel / 4 * 3;

    /// <summary>Groups of tiles in the largest piece; a group has as many tiles as the kernel has rows.</summary>
    private const int MaxTileGroups = 4;

    public BlockedPlanes Input;
    public BlockedPlanes Output;

    /// <summary>Outputs per side of a tile.</summary>
    public int TileSize;

    /// <summary>Rows that the kernel extends above the output's pixel.</summary>
    public int KernelTop;

    /// <summary>Columns that the kernel extends to the left of the output's pixel.</summary>
    public int KernelLeft;

    /// <summary>The number of channels in each input block, the length of a segment.</summary>
    public int* BlockChannels;

    /// <summary>The number of input channels.</summary>
    public int Depth;

    /// <summary>Transformed weights, [group of vectors][point][input channel][vector of the group].</summary>
    public float* Weights;

    public VectorGroups Groups;
    public float* Bias;
    public bool Relu;

    /// <summary>The scratch of the workers, <see cref="ScratchPerWorker"/> floats each.</summary>
    public float* Scratch;

    private int _tileColumns;
    private int _tilesPerImage;
    private int _tiles;
    private int _tileGroups;
    private int _pieces;
    private int _pieceTiles;
    private long _inputPointPitch;
    private long _productPointPitch;

    /// <summary>Floats of scratch that a worker needs.</summary>
    public readonly long ScratchPerWorker => Points * Points * (_inputPointPitch + _productPointPitch);

    /// <summary>Chooses the pieces and with them the scratch of a worker; call it after the shapes are set.</summary>
    /// <returns>The number of pieces.</returns>
    public int Plan(int threads)
    {
        int rows = BlockKernel<S, V>.MaxRows;
        _tileColumns = (Output.Width + TileSize - 1) / TileSize;
        _tilesPerImage = _tileColumns * ((Output.Height + TileSize - 1) / TileSize);
        int groupBytes = Points * Points * rows * S.Width * sizeof(float) * (Input.Blocks + Groups.Size(0));
        int largest = Math.Clamp(TransformedBytes / groupBytes, 1, MaxTileGroups);
        int pieces = Cut(largest, threads);
        _pieceTiles = (_tileGroups + pieces - 1) / pieces * rows;

        // An odd number of lines between points uses all sets of the caches.
        _inputPointPitch = (Input.Blocks * _pieceTiles | 1) * (long)S.Width;
        _productPointPitch = (_pieceTiles * Groups.Size(0) | 1) * (long)S.Width;
        return pieces;
    }

    /// <summary>Continues with other images, at most as many as planned, in the same scratch.</summary>
    /// <returns>The number of pieces.</returns>
    public int Continue(int images, int threads)
    {
        Input.Images = images;
        Output.Images = images;
        return Cut(_pieceTiles / BlockKernel<S, V>.MaxRows, threads);
    }

    /// <summary>
    /// Cuts the tiles into pieces of at most <paramref name="largest"/> groups, the same number for each thread.
    /// </summary>
    private int Cut(int largest, int threads)
    {
        int rows = BlockKernel<S, V>.MaxRows;
        _tiles = Output.Images * _tilesPerImage;
        _tileGroups = (_tiles + rows - 1) / rows;
        int pieces = (_tileGroups + largest - 1) / largest;
        _pieces = Math.Min((pieces + threads - 1) / threads * threads, _tileGroups);
        return _pieces;
    }

    public readonly void Execute(int index, int worker)
    {
        int rows = BlockKernel<S, V>.MaxRows;
        int first = (int)((long)index * _tileGroups / _pieces) * rows;
        int end = Math.Min((int)((long)(index + 1) * _tileGroups / _pieces) * rows, _tiles);
        if (end - first > _pieceTiles)
        {
            throw new InvalidOperationException("a piece is larger than the scratch of its worker");
        }

        float* transformed = Scratch + worker * ScratchPerWorker;
        float* products = transformed + Points * Points * _inputPointPitch;
        Segment* segments = stackalloc Segment[Input.Blocks];
        for (int block = 0; block < Input.Blocks; block++)
        {
            segments[block].Offset = (nint)block * _pieceTiles * S.Width * sizeof(float);
            segments[block].Length = BlockChannels[block];
        }

        for (int tile = first; tile < end; tile++)
        {
            TransformInput(tile, transformed + (tile - first) * S.Width);
        }

        for (int group = 0; group < Groups.Count; group++)
        {
            Multiply(group, end - first, transformed, segments, products);
            int vectors = Groups.Size(group);
            for (int tile = first; tile < end; tile++)
            {
                for (int v = 0; v < vectors; v++)
                {
                    float* source = products + ((tile - first) * vectors + v) * S.Width;
                    TransformOutput(tile, Groups.Start(group) + v, source);
                }
            }
        }
    }

    private readonly void TransformInput(int tile, float* target)
    {
        float* columns = stackalloc float[Points * Points * S.Width];
        (int image, int row, int column) = Place(tile);
        for (int block = 0; block < Input.Blocks; block++)
        {
            float* source = Input.Pixel(image, block, row - KernelTop, column - KernelLeft);
            WinogradTransform<S, V>.InputTile(source, Input.RowPitch, columns, target, _inputPointPitch);
            target += _pieceTiles * S.Width;
        }
    }

    private readonly void Multiply(int group, int tiles, float* transformed, Segment* segments, float* products)
    {
        int vectors = Groups.Size(group);
        byte** sources = stackalloc byte*[8];
        float** targets = stackalloc float*[8];
        float* zeros = stackalloc float[BlockKernel<S, V>.MaxVectors * S.Width];
        new Span<float>(zeros, BlockKernel<S, V>.MaxVectors * S.Width).Clear();
        long pointWeights = (long)Depth * vectors * S.Width;
        float* weights = Weights + Points * Points * (long)Groups.Start(group) * S.Width * Depth;
        var call = new BlockTile
        {
            Rows = sources,
            RowStep = sizeof(float),
            Segments = segments,
            SegmentCount = Input.Blocks,
            WeightStep = vectors * S.Width,
            Bias = zeros,
            Targets = targets,
            TargetPitch = S.Width,
        };
        for (int point = 0; point < Points * Points; point++)
        {
            call.Weights = weights + point * pointWeights;
            for (int tile = 0, rows; tile < tiles; tile += rows)
            {
                rows = BlockKernel<S, V>.RowsFor(tiles - tile);
                float* source = transformed + point * _inputPointPitch + tile * S.Width;
                float* target = products + point * _productPointPitch + tile * vectors * S.Width;
                for (int r = 0; r < rows; r++)
                {
                    sources[r] = (byte*)(source + r * S.Width);
                    targets[r] = target + r * vectors * S.Width;
                }

                BlockKernel<S, V>.Run(&call, rows, vectors);
            }
        }
    }

    private readonly void TransformOutput(int tile, int vector, float* source)
    {
        float* columns = stackalloc float[Points * Points * S.Width];
        float* line = stackalloc float[Points * S.Width];
        (int image, int row, int column) = Place(tile);
        for (int j = 0; j < Points; j++)
        {
            WinogradTransform<S, V>.Output(
                source + j * _productPointPitch, (nint)(Points * _productPointPitch),
                columns + j * S.Width, Points * S.Width, TileSize);
        }

        V bias = S.Load(Bias + vector * S.Width);
        int height = Math.Min(TileSize, Output.Height - row);
        int width = Math.Min(TileSize, Output.Width - column);
        for (int i = 0; i < height; i++)
        {
            WinogradTransform<S, V>.Output(columns + i * Points * S.Width, S.Width, line, S.Width, TileSize);
            float* target = Output.Pixel(image, vector, row + i, column);
            for (int j = 0; j < width; j++)
            {
                V value = S.Add(S.Load(line + j * S.Width), bias);
                S.Store(target + j * S.Width, Relu ? S.Rectify(value) : value);
            }
        }
    }

    private readonly (int Image, int Row, int Column) Place(int tile)
    {
        int inImage = tile % _tilesPerImage;
        return (tile / _tilesPerImage, inImage / _tileColumns * TileSize, inImage % _tileColumns * TileSize);
    }
}
