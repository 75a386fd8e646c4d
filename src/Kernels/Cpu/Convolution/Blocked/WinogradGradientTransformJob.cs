namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Transforms one tile: all blocks of input channels and all vectors of output gradients. Bound by memory.
/// </summary>
internal unsafe struct WinogradGradientTransformJob<S, V> : IJob
    where S : struct, ISimd<V>
    where V : unmanaged
{
    private const int Points = WinogradWeights.Points;

    public WinogradGradient Work;

    /// <summary>The number of pieces: tiles.</summary>
    public readonly int Count => Work.TileCount;

    public readonly void Execute(int index, int worker)
    {
        (int image, int row, int column) = Work.Place(Work.FirstTile + index);
        float* half = stackalloc float[Points * Points * S.Width];
        for (int block = 0; block < Work.Input.Blocks; block++)
        {
            float* target = Work.Transformed + ((long)block * Work.Capacity + index) * S.Width;
            float* source = Work.Input.Pixel(image, block, row - Work.KernelTop, column - Work.KernelLeft);
            WinogradTransform<S, V>.InputTile(source, Work.Input.RowPitch, half, target, Work.TransformedPitch);
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
