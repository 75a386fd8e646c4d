namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// A stride-1 convolution of padded planes by the micro-kernel. The outputs of all images form one list of vectors of
/// pixels; a tile is three of them and a block of output channels. Vectors start at each image row, or continue across
/// row ends through the padding if that needs fewer vectors; lanes beyond an output row are discarded when a tile is
/// stored.
/// <para>
/// A piece is a range of tiles times a range of channel blocks. A tile of pixels is computed for all its blocks before
/// the next tile: its planes stay in the first-level cache while the weights are read from the second-level cache.
/// </para>
/// </summary>
internal unsafe struct ConvolutionJob<S, V> : IJob
    where S : struct, ISimd<V>
    where V : unmanaged
{
    /// <summary>Multiply-adds of a piece, enough to make the cost of its claim negligible.</summary>
    private const long PieceWork = 1 << 20;

    /// <summary>Multiply-adds that are worth a piece of their own: a microsecond.</summary>
    private const long SmallestWork = 1 << 16;

    public float* Input;
    public long InputImagePitch;
    public int InputRowPitch;

    /// <summary>The offset of each tap in the padded planes, in bytes.</summary>
    public nint* Offsets;

    public int Depth;
    public float* Weights;
    public float* Bias;
    public RowBlocks Blocks;
    public bool Relu;

    public float* Output;
    public long OutputImagePitch;
    public long OutputChannelPitch;
    public long OutputRowPitch;
    public int OutputColumnStep;
    public int Height;
    public int Width;
    public int Images;

    private bool _flat;
    private int _vectorsPerRow;
    private int _vectorsPerImage;
    private int _vectors;
    private int _tiles;
    private int _tilesPerPiece;
    private int _tileGroups;
    private int _blocksPerPiece;

    /// <summary>Chooses vectors and pieces; call it after all fields are set.</summary>
    /// <returns>The number of pieces.</returns>
    public int Plan()
    {
        if (InputRowPitch == Width && OutputRowPitch == Width && OutputColumnStep == 1)
        {
            Width *= Height;
            Height = 1;
        }

        _vectorsPerRow = (Width + S.Width - 1) / S.Width;
        _vectorsPerImage = Height * _vectorsPerRow;
        long flatVectors = ((Height - 1) * (long)InputRowPitch + Width + S.Width - 1) / S.Width;
        _flat = flatVectors < _vectorsPerImage;
        if (_flat)
        {
            _vectorsPerImage = (int)flatVectors;
        }

        _vectors = Images * _vectorsPerImage;
        _tiles = (_vectors + MicroKernel<S, V>.Vectors - 1) / MicroKernel<S, V>.Vectors;
        long tileWork = (long)MicroKernel<S, V>.Vectors * S.Width * Blocks.PackedRows * Math.Max(Depth, 1);
        int pieces = (int)Math.Clamp(_tiles * tileWork / SmallestWork, 1, PieceSizes.EnoughPieces);
        _tilesPerPiece = (int)Math.Clamp(PieceWork / tileWork, 1, Math.Max(1, _tiles / pieces));
        _tileGroups = (_tiles + _tilesPerPiece - 1) / _tilesPerPiece;
        int blockGroups = Math.Clamp(pieces / _tileGroups, 1, Blocks.Count);
        _blocksPerPiece = (Blocks.Count + blockGroups - 1) / blockGroups;
        return _tileGroups * ((Blocks.Count + _blocksPerPiece - 1) / _blocksPerPiece);
    }

    public readonly void Execute(int index, int worker)
    {
        int firstBlock = index / _tileGroups * _blocksPerPiece;
        int endBlock = Math.Min(firstBlock + _blocksPerPiece, Blocks.Count);
        int firstTile = index % _tileGroups * _tilesPerPiece;
        int endTile = Math.Min(firstTile + _tilesPerPiece, _tiles);
        float* buffer = stackalloc float[8 * MicroKernel<S, V>.Vectors * S.Width];
        for (int tile = firstTile; tile < endTile; tile++)
        {
            int vector = tile * MicroKernel<S, V>.Vectors;
            if (_vectors - vector >= MicroKernel<S, V>.Vectors)
            {
                ComputeThree(vector, firstBlock, endBlock, buffer);
            }
            else
            {
                for (; vector < _vectors; vector++)
                {
                    ComputeOne(vector, firstBlock, endBlock, buffer);
                }
            }
        }
    }

    private readonly void ComputeThree(int vector, int firstBlock, int endBlock, float* buffer)
    {
        Place place0 = Locate(vector);
        Place place1 = Locate(vector + 1);
        Place place2 = Locate(vector + 2);
        bool whole = place0.Whole && place1.Whole && place2.Whole;
        MicroTile tile = NewTile();
        tile.Source0 = place0.Source;
        tile.Source1 = place1.Source;
        tile.Source2 = place2.Source;
        for (int block = firstBlock; block < endBlock; block++)
        {
            SelectBlock(ref tile, block);
            long channel = Blocks.Start(block) * OutputChannelPitch;
            bool direct = whole && Blocks.Valid(block) == Blocks.Size(block);
            tile.TargetPitch = (nint)(direct ? OutputChannelPitch : MicroKernel<S, V>.Vectors * S.Width);
            tile.Target0 = direct ? place0.Target + channel : buffer;
            tile.Target1 = direct ? place1.Target + channel : buffer + S.Width;
            tile.Target2 = direct ? place2.Target + channel : buffer + 2 * S.Width;
            MicroKernel<S, V>.RunThree(&tile, Blocks.Size(block));
            if (!direct)
            {
                Scatter(place0, block, tile.Target0, tile.TargetPitch);
                Scatter(place1, block, tile.Target1, tile.TargetPitch);
                Scatter(place2, block, tile.Target2, tile.TargetPitch);
            }
        }
    }

    private readonly void ComputeOne(int vector, int firstBlock, int endBlock, float* buffer)
    {
        Place place = Locate(vector);
        MicroTile tile = NewTile();
        tile.Source0 = place.Source;
        tile.Target0 = buffer;
        tile.TargetPitch = S.Width;
        for (int block = firstBlock; block < endBlock; block++)
        {
            SelectBlock(ref tile, block);
            MicroKernel<S, V>.RunOne(&tile, Blocks.Size(block));
            Scatter(place, block, tile.Target0, tile.TargetPitch);
        }
    }

    private readonly MicroTile NewTile() => new() { Offsets = Offsets, Depth = Depth, Relu = Relu };

    private readonly void SelectBlock(ref MicroTile tile, int block)
    {
        tile.Weights = Weights + (long)Blocks.Start(block) * Depth;
        tile.Bias = Bias + Blocks.Start(block);
    }

    private readonly Place Locate(int vector)
    {
        int image = vector / _vectorsPerImage;
        int inImage = vector % _vectorsPerImage;
        int row = _flat ? inImage * S.Width / InputRowPitch : inImage / _vectorsPerRow;
        int column = _flat ? inImage * S.Width % InputRowPitch : inImage % _vectorsPerRow * S.Width;
        return new Place
        {
            Row = row,
            Column = column,
            Source = Input + image * InputImagePitch + (long)row * InputRowPitch + column,
            Image = Output + image * OutputImagePitch,
            Target = Output + image * OutputImagePitch + row * OutputRowPitch + (long)column * OutputColumnStep,
            Whole = column + S.Width <= Width && OutputColumnStep == 1,
        };
    }

    /// <summary>Copies the lanes of a vector that are pixels, for each valid channel of a block.</summary>
    private readonly void Scatter(in Place place, int block, float* buffer, nint bufferPitch)
    {
        int row = place.Row;
        int column = place.Column;
        int rowLanes = _flat ? InputRowPitch : int.MaxValue;
        int channels = Blocks.Valid(block);
        long firstChannel = Blocks.Start(block) * OutputChannelPitch;
        for (int lane = 0; lane < S.Width && row < Height; row++)
        {
            int pixels = Math.Min(Width - column, S.Width - lane);
            float* target = place.Image + firstChannel + row * OutputRowPitch + (long)column * OutputColumnStep;
            for (int channel = 0; channel < channels; channel++)
            {
                float* source = buffer + channel * bufferPitch + lane;
                for (int i = 0; i < pixels; i++)
                {
                    target[(long)i * OutputColumnStep] = source[i];
                }

                target += OutputChannelPitch;
            }

            lane += Math.Min(rowLanes - column, S.Width - lane);
            column = 0;
        }
    }

    /// <summary>The pixels of a vector.</summary>
    private struct Place
    {
        public int Row;
        public int Column;
        public float* Source;

        /// <summary>The first pixel of the image in the output.</summary>
        public float* Image;

        /// <summary>The first pixel of the vector in the output.</summary>
        public float* Target;

        /// <summary>Whether all lanes are pixels that are contiguous in the output.</summary>
        public bool Whole;
    }
}
