namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Sums the products of all tiles at one point for one block of input channels. The rows of the kernel are input
/// channels and its steps are tiles. Bound by multiply-adds.
/// </summary>
internal unsafe struct WinogradGradientProductJob<S, V> : IJob
    where S : struct, ISimd<V>
    where V : unmanaged
{
    private const int Points = WinogradWeights.Points;

    public WinogradGradient Work;

    /// <summary>Whether the sums are added to those of earlier tiles.</summary>
    public bool Accumulate;

    /// <summary>The number of pieces: points times blocks of input channels.</summary>
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

        // If there are fewer lanes than rows, surplus rows repeat the last lane and write to unused memory.
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
