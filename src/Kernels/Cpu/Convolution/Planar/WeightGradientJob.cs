namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Adds the weight gradient of a chunk of images to the sums, [output channel][lane]. A piece is a block of output
/// channels times a range of tiles; it processes the images in runs of pixels, whose gradients stay in the first-level
/// cache while they are used for all its tiles.
/// </summary>
internal unsafe struct WeightGradientJob<S, V> : IJob
    where S : struct, ISimd<V>
    where V : unmanaged
{
    /// <summary>
    /// Pixels summed in float before they are added to the total: the gradients of 8 output channels fill half the
    /// first-level cache.
    /// </summary>
    private const int PixelRun = CacheSizes.FirstLevel / 2 / (8 * sizeof(float));

    public PixelMajorLayout Layout;
    public float* Input;
    public float* Gradient;
    public float* Sums;

    /// <summary>The bias of a tile, which is zero.</summary>
    public float* Zeros;

    public nint* Offsets;
    public RowBlocks Blocks;
    public int Images;

    /// <summary>Whether the sums start from zero.</summary>
    public bool First;

    private int _vectors;
    private int _tiles;
    private int _tilesPerPiece;

    /// <summary>Chooses the pieces; call it after all fields are set.</summary>
    /// <returns>The number of pieces.</returns>
    public int Plan()
    {
        _vectors = Layout.Lanes / S.Width;
        _tiles = (_vectors + MicroKernel<S, V>.Vectors - 1) / MicroKernel<S, V>.Vectors;
        int groups = Math.Clamp((PieceSizes.EnoughPieces + Blocks.Count - 1) / Blocks.Count, 1, _tiles);
        _tilesPerPiece = (_tiles + groups - 1) / groups;
        return Blocks.Count * ((_tiles + _tilesPerPiece - 1) / _tilesPerPiece);
    }

    public readonly void Execute(int index, int worker)
    {
        int block = index % Blocks.Count;
        int firstTile = index / Blocks.Count * _tilesPerPiece;
        int endTile = Math.Min(firstTile + _tilesPerPiece, _tiles);
        float* buffer = stackalloc float[8 * MicroKernel<S, V>.Vectors * S.Width];
        if (First)
        {
            Clear(block, firstTile, endTile);
        }

        for (int image = 0; image < Images; image++)
        {
            for (int pixel = 0; pixel < Layout.Pixels; pixel += PixelRun)
            {
                AddRun(block, image, pixel, firstTile, endTile, buffer);
            }
        }
    }

    private readonly float* Sum(int row, int vector) => Sums + row * (long)Layout.Lanes + vector * S.Width;

    private readonly void Clear(int block, int firstTile, int endTile)
    {
        int first = firstTile * MicroKernel<S, V>.Vectors;
        int end = Math.Min(endTile * MicroKernel<S, V>.Vectors, _vectors);
        for (int r = 0; r < Blocks.Size(block); r++)
        {
            new Span<float>(Sum(Blocks.Start(block) + r, first), (end - first) * S.Width).Clear();
        }
    }

    private readonly void AddRun(int block, int image, int pixel, int firstTile, int endTile, float* buffer)
    {
        int rows = Blocks.Size(block);
        float* input = Input + image * Layout.ImagePitch;
        float* gradient = Gradient + (image * (long)Blocks.PackedRows + Blocks.Start(block)) * Layout.Pixels;
        var tile = new MicroTile
        {
            Weights = gradient + (long)pixel * rows,
            Offsets = Offsets + pixel,
            Depth = Math.Min(PixelRun, Layout.Pixels - pixel),
            Bias = Zeros,
            Target0 = buffer,
            Target1 = buffer + S.Width,
            Target2 = buffer + 2 * S.Width,
            TargetPitch = MicroKernel<S, V>.Vectors * S.Width,
        };
        int end = Math.Min(endTile * MicroKernel<S, V>.Vectors, _vectors);
        int vector = firstTile * MicroKernel<S, V>.Vectors;
        for (; vector + MicroKernel<S, V>.Vectors <= end; vector += MicroKernel<S, V>.Vectors)
        {
            tile.Source0 = input + Layout.VectorOffset(vector);
            tile.Source1 = input + Layout.VectorOffset(vector + 1);
            tile.Source2 = input + Layout.VectorOffset(vector + 2);
            MicroKernel<S, V>.RunThree(&tile, rows);
            AddTile(block, vector, MicroKernel<S, V>.Vectors, buffer);
        }

        for (; vector < end; vector++)
        {
            tile.Source0 = input + Layout.VectorOffset(vector);
            MicroKernel<S, V>.RunOne(&tile, rows);
            AddTile(block, vector, 1, buffer);
        }
    }

    private readonly void AddTile(int block, int vector, int vectors, float* buffer)
    {
        for (int r = 0; r < Blocks.Size(block); r++)
        {
            float* sum = Sum(Blocks.Start(block) + r, vector);
            float* source = buffer + r * MicroKernel<S, V>.Vectors * S.Width;
            for (int v = 0; v < vectors; v++)
            {
                S.Store(sum, S.Add(S.Load(sum), S.Load(source)));
                sum += S.Width;
                source += S.Width;
            }
        }
    }
}

/// <summary>
/// Packs the gradient of the outputs in the order of the micro-kernel's weights, [image][block][pixel][row of the
/// block]; rows beyond the last are zero. A piece is one block of one image. Bound by memory.
/// </summary>
internal unsafe struct PackGradientJob<S, V> : IJob
    where S : struct, ISimd<V>
    where V : unmanaged
{
    public RowBlocks Blocks;
    public int Pixels;
    public float* Source;
    public float* Target;

    public readonly void Execute(int index, int worker)
    {
        int image = index / Blocks.Count;
        int block = index % Blocks.Count;
        float* target = Target + (image * (long)Blocks.PackedRows + Blocks.Start(block)) * Pixels;
        float* source = Source + (image * (long)Blocks.Rows + Blocks.Start(block)) * Pixels;
        Transposition<S, V>.PackRows(source, Pixels, Blocks.Valid(block), Blocks.Size(block), Pixels, target);
    }
}
