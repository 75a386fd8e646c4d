using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Cuts an image into overlapping tiles and puts it together again. The weights of a blend are products of one along
/// the rows and one along the columns, and so are their sums: both are divided beforehand. One read of the tiles and
/// one write of the image: bound by memory.
/// </summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    protected override void GatherTilesCore(Tensor image, TileGrid grid, Tensor tiles)
    {
        var job = new GatherTilesJob(Pointer(image), image.Shape.C, grid, Pointer(tiles));
        _pool.Run(job, grid.Tiles * image.Shape.C);
    }

    protected override void BlendTilesCore(Tensor tiles, TileGrid grid, Tensor image)
    {
        long rowLength = CacheSizes.Aligned((long)grid.Rows * grid.Side);
        long columnLength = CacheSizes.Aligned((long)grid.Columns * grid.Side);
        float* rowWeights = Scratch(rowLength + columnLength + Math.Max(grid.Height, grid.Width));
        float* columnWeights = rowWeights + rowLength;
        float* sums = columnWeights + columnLength;
        FillRowWeights(grid, rowWeights, sums);
        FillColumnWeights(grid, columnWeights, sums);
        var job = new BlendTilesJob(
            Pointer(tiles), image.Shape.C, grid, rowWeights, columnWeights, Pointer(image));
        _pool.Run(job, image.Shape.C * grid.Height);
    }

    private static void FillRowWeights(TileGrid grid, float* weights, float* sums)
    {
        new Span<float>(sums, grid.Height).Clear();
        for (int row = 0; row < grid.Rows; row++)
        {
            AddWeights(grid, weights + row * grid.Side, sums + grid.Top(row));
        }

        for (int row = 0; row < grid.Rows; row++)
        {
            DivideWeights(weights + row * grid.Side, sums + grid.Top(row), grid.Side);
        }
    }

    private static void FillColumnWeights(TileGrid grid, float* weights, float* sums)
    {
        new Span<float>(sums, grid.Width).Clear();
        for (int column = 0; column < grid.Columns; column++)
        {
            AddWeights(grid, weights + column * grid.Side, sums + grid.Left(column));
        }

        for (int column = 0; column < grid.Columns; column++)
        {
            DivideWeights(weights + column * grid.Side, sums + grid.Left(column), grid.Side);
        }
    }

    private static void AddWeights(TileGrid grid, float* weights, float* sums)
    {
        for (int i = 0; i < grid.Side; i++)
        {
            weights[i] = grid.Weight(i);
            sums[i] += weights[i];
        }
    }

    private static void DivideWeights(float* weights, float* sums, int count)
    {
        for (int i = 0; i < count; i++)
        {
            weights[i] /= sums[i];
        }
    }

    /// <summary>A piece is one channel of a tile.</summary>
    private readonly struct GatherTilesJob(float* image, int channels, TileGrid grid, float* tiles) : IJob
    {
        public void Execute(int index, int worker)
        {
            int tile = index / channels;
            int channel = index % channels;
            int top = grid.Top(tile / grid.Columns);
            int left = grid.Left(tile % grid.Columns);
            float* source = image + ((long)channel * grid.Height + top) * grid.Width + left;
            float* target = tiles + (long)index * grid.Side * grid.Side;
            for (int i = 0; i < grid.Side; i++)
            {
                new ReadOnlySpan<float>(source + (long)i * grid.Width, grid.Side)
                    .CopyTo(new Span<float>(target + (long)i * grid.Side, grid.Side));
            }
        }
    }

    /// <summary>A piece is one row of the image.</summary>
    private readonly struct BlendTilesJob(
        float* tiles, int channels, TileGrid grid, float* rowWeights, float* columnWeights, float* image) : IJob
    {
        public void Execute(int index, int worker)
        {
            int channel = index / grid.Height;
            int y = index % grid.Height;
            float* target = image + (long)index * grid.Width;
            new Span<float>(target, grid.Width).Clear();
            for (int row = 0; row < grid.Rows; row++)
            {
                int i = y - grid.Top(row);
                if (i < 0 || i >= grid.Side)
                {
                    continue;
                }

                float rowWeight = rowWeights[row * grid.Side + i];
                for (int column = 0; column < grid.Columns; column++)
                {
                    long plane = (long)(row * grid.Columns + column) * channels + channel;
                    float* source = tiles + (plane * grid.Side + i) * grid.Side;
                    AddWeighted(
                        source, rowWeight, columnWeights + column * grid.Side, target + grid.Left(column), grid.Side);
                }
            }
        }

        /// <summary>target += scale·weights·source.</summary>
        private static void AddWeighted(float* source, float scale, float* weights, float* target, int count)
        {
            int j = 0;
            for (; j <= count - S.Width; j += S.Width)
            {
                V weight = S.Multiply(S.Broadcast(scale), S.Load(weights + j));
                S.Store(target + j, S.MultiplyAdd(weight, S.Load(source + j), S.Load(target + j)));
            }

            for (; j < count; j++)
            {
                target[j] += scale * weights[j] * source[j];
            }
        }
    }
}
