using InfAdmm.Kernels.Cpu.Simd;

namespace InfAdmm.Kernels.Cpu.Blocked;

/// <summary>
/// The gradient of a stride-1 convolution in its weights by minimal filtering. y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A is linear in g, so its
/// adjoint is gg = Gᵀ[Σ_tiles (Bᵀ d B) ⊙ (A gy Aᵀ)]G: the transforms of forward and backward pass, and between them, at
/// each of the 64 points, one product of tiles × input channels by tiles × output channels.
/// </summary>
internal unsafe struct WinogradGradient
{
    public BlockedPlanes Input;
    public BlockedPlanes Gradient;

    /// <summary>Outputs of a tile, a side.</summary>
    public int TileSize;

    /// <summary>Rows that the kernel reaches before the output's pixel.</summary>
    public int KernelTop;

    /// <summary>Columns that the kernel reaches before the output's pixel.</summary>
    public int KernelLeft;

    /// <summary>Vectors of output channels.</summary>
    public VectorGroups Groups;

    /// <summary>Tiles that the memory below holds.</summary>
    public int Capacity;

    /// <summary>The tiles that it holds now.</summary>
    public int FirstTile;

    public int TileCount;

    /// <summary>Bᵀ d B, [point][block of input channels][tile][lane].</summary>
    public float* Transformed;

    /// <summary>A gy Aᵀ, [point][group of vectors][tile][vector of the group][lane].</summary>
    public float* Spread;

    /// <summary>Their products' sums, [point][input channel][vector of output channels][lane].</summary>
    public float* Products;

    public readonly int TileColumns => (Gradient.Width + TileSize - 1) / TileSize;

    public readonly int TilesPerImage => TileColumns * ((Gradient.Height + TileSize - 1) / TileSize);

    // Odd counts of lines from point to point spread over all sets of the caches.
    public readonly long TransformedPitch => (Capacity * Input.Blocks | 1) * (long)Input.Lanes;

    public readonly long SpreadPitch => (Capacity * Groups.Vectors | 1) * (long)Input.Lanes;

    public readonly long ProductsPitch => (Input.Blocks * Input.Lanes * Groups.Vectors | 1) * (long)Input.Lanes;

    public readonly (int Image, int Row, int Column) Place(int tile)
    {
        int inImage = tile % TilesPerImage;
        return (tile / TilesPerImage, inImage / TileColumns * TileSize, inImage % TileColumns * TileSize);
    }
}

/// <summary>
/// Transforms a tile of one block of input channels, or of one vector of output gradients. Bound by memory.
/// </summary>
internal unsafe struct WinogradGradientTransformJob<S, V> : IJob
    where S : struct, ISimd<V>
    where V : unmanaged
{
    private const int Points = WinogradWeights.Points;

    public WinogradGradient Work;

    /// <summary>Pieces: tiles.</summary>
    public readonly int Count => Work.TileCount;

    public readonly void Execute(int index, int worker)
    {
        (int image, int row, int column) = Work.Place(Work.FirstTile + index);
        float* half = stackalloc float[Points * Points * S.Width];
        for (int block = 0; block < Work.Input.Blocks; block++)
        {
            float* target = Work.Transformed + ((long)block * Work.Capacity + index) * S.Width;
            TransformInput(Work.Input.Pixel(image, block, row - Work.KernelTop, column - Work.KernelLeft), half, target);
        }

        for (int group = 0; group < Work.Groups.Count; group++)
        {
            int start = Work.Groups.Start(group);
            int vectors = Work.Groups.Size(group);
            for (int v = 0; v < vectors; v++)
            {
                float* target = Work.Spread
                    + ((long)start * Work.Capacity + (long)index * vectors + v) * S.Width;
                Spread(Work.Gradient.Pixel(image, start + v, row, column), half, target);
            }
        }
    }

    private readonly void TransformInput(float* source, float* half, float* target)
    {
        for (int i = 0; i < Points; i++)
        {
            WinogradTransform<S, V>.Input(
                source + i * Work.Input.RowPitch, S.Width, half + i * Points * S.Width, S.Width);
        }

        for (int j = 0; j < Points; j++)
        {
            WinogradTransform<S, V>.Input(
                half + j * S.Width, Points * S.Width,
                target + j * Work.TransformedPitch, (nint)(Points * Work.TransformedPitch));
        }
    }

    private readonly void Spread(float* source, float* half, float* target)
    {
        for (int i = 0; i < Work.TileSize; i++)
        {
            WinogradTransform<S, V>.Spread(
                source + i * Work.Gradient.RowPitch, S.Width, half + i * Points * S.Width, S.Width, Work.TileSize);
        }

        for (int j = 0; j < Points; j++)
        {
            WinogradTransform<S, V>.Spread(
                half + j * S.Width, Points * S.Width,
                target + j * Work.SpreadPitch, (nint)(Points * Work.SpreadPitch), Work.TileSize);
        }
    }
}

/// <summary>
/// Adds the tiles' products at one point and one block of input channels. The kernel's rows are input channels and its
/// steps tiles. Bound by multiply-adds.
/// </summary>
internal unsafe struct WinogradGradientProductJob<S, V> : IJob
    where S : struct, ISimd<V>
    where V : unmanaged
{
    private const int Points = WinogradWeights.Points;

    public WinogradGradient Work;

    /// <summary>Whether the sums go on from those of earlier tiles.</summary>
    public bool Accumulate;

    /// <summary>Pieces: points times blocks of input channels.</summary>
    public readonly int Count => Points * Points * Work.Input.Blocks;

    public readonly void Execute(int index, int worker)
    {
        int point = index / Work.Input.Blocks;
        int block = index % Work.Input.Blocks;
        int rows = BlockKernel<S, V>.MaxRows;
        byte** sources = stackalloc byte*[8];
        float** targets = stackalloc float*[8];
        float* zeros = stackalloc float[BlockKernel<S, V>.MaxVectors * S.Width];
        new Span<float>(zeros, BlockKernel<S, V>.MaxVectors * S.Width).Clear();
        var segment = new Segment { Length = Work.TileCount };
        var tile = new BlockTile
        {
            Rows = sources,
            RowStep = S.Width * sizeof(float),
            Segments = &segment,
            SegmentCount = 1,
            Bias = zeros,
            Targets = targets,
            TargetPitch = S.Width,
            Accumulate = Accumulate,
        };
        float* transformed = Work.Transformed + point * Work.TransformedPitch
            + (long)block * Work.Capacity * S.Width;
        float* products = Work.Products + point * Work.ProductsPitch
            + (long)block * S.Width * Work.Groups.Vectors * S.Width;
        float* spread = Work.Spread + point * Work.SpreadPitch;

        // Fewer lanes than rows: the rows too many repeat one and write where nobody reads.
        float* dump = stackalloc float[8 * BlockKernel<S, V>.MaxVectors * S.Width];
        for (int first = 0; first < S.Width; first += rows)
        {
            for (int group = 0; group < Work.Groups.Count; group++)
            {
                int start = Work.Groups.Start(group);
                int vectors = Work.Groups.Size(group);
                for (int r = 0; r < rows; r++)
                {
                    int lane = Math.Min(first + r, S.Width - 1);
                    sources[r] = (byte*)(transformed + lane);
                    targets[r] = first + r < S.Width
                        ? products + ((long)lane * Work.Groups.Vectors + start) * S.Width
                        : dump + r * BlockKernel<S, V>.MaxVectors * S.Width;
                }

                tile.Weights = spread + (long)start * Work.Capacity * S.Width;
                tile.WeightStep = vectors * S.Width;
                BlockKernel<S, V>.Run(&tile, rows, vectors);
            }
        }
    }
}

/// <summary>
/// Turns the summed products of one input channel into its weights' gradient, Gᵀ P G, and stores it as (output channel,
/// input channel, row, column). Bound by memory.
/// </summary>
internal unsafe struct WinogradGradientWeightsJob<S, V> : IJob
    where S : struct, ISimd<V>
    where V : unmanaged
{
    private const int Points = WinogradWeights.Points;
    private const int MaxTaps = 5;

    public WinogradGradient Work;
    public int InputChannels;
    public int OutputChannels;
    public int Taps;
    public float* Target;

    private float* _matrix;

    public void Run(WorkerPool pool)
    {
        fixed (float* matrix = WinogradWeights.Matrix(Taps))
        {
            _matrix = matrix;
            pool.Run(this, InputChannels);
        }
    }

    public readonly void Execute(int index, int worker)
    {
        float* half = stackalloc float[MaxTaps * Points * S.Width];
        float* lines = stackalloc float[MaxTaps * MaxTaps * S.Width];
        for (int vector = 0; vector < Work.Groups.Vectors; vector++)
        {
            float* products = Work.Products + ((long)index * Work.Groups.Vectors + vector) * S.Width;
            for (int j = 0; j < Points; j++)
            {
                MultiplyTransposed(
                    products + j * Work.ProductsPitch, (nint)(Points * Work.ProductsPitch),
                    half + j * S.Width, Points * S.Width);
            }

            for (int row = 0; row < Taps; row++)
            {
                MultiplyTransposed(half + row * Points * S.Width, S.Width, lines + row * Taps * S.Width, S.Width);
            }

            Scatter(index, vector, lines);
        }
    }

    /// <summary>target = Gᵀ source: eight vectors to as many as taps.</summary>
    private readonly void MultiplyTransposed(float* source, nint sourceStep, float* target, nint targetStep)
    {
        for (int tap = 0; tap < Taps; tap++)
        {
            V sum = S.Multiply(S.Broadcast(_matrix[tap]), S.Load(source));
            for (int point = 1; point < Points; point++)
            {
                V factor = S.Broadcast(_matrix[point * Taps + tap]);
                sum = S.MultiplyAdd(factor, S.Load(source + point * sourceStep), sum);
            }

            S.Store(target + tap * targetStep, sum);
        }
    }

    private readonly void Scatter(int channel, int vector, float* lines)
    {
        int count = Taps * Taps;
        int lanes = Math.Min(S.Width, OutputChannels - vector * S.Width);
        float* target = Target + ((long)vector * S.Width * InputChannels + channel) * count;
        long pitch = (long)InputChannels * count;
        if (lanes == S.Width && count == S.Width)
        {
            float** sources = stackalloc float*[S.Width];
            float** targets = stackalloc float*[S.Width];
            for (int i = 0; i < S.Width; i++)
            {
                sources[i] = lines + i * S.Width;
                targets[i] = target + i * pitch;
            }

            S.Transpose(sources, 0, targets, 0);
            return;
        }

        for (int lane = 0; lane < lanes; lane++)
        {
            for (int tap = 0; tap < count; tap++)
            {
                target[lane * pitch + tap] = lines[tap * S.Width + lane];
            }
        }
    }
}
