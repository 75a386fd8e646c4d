namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The transform along the rows of a 2-D transform: real rows to blocks of columns. Each pair of rows a, b is one
/// complex row z = a + ib, one pair per lane; after the transform A(k) = (Z(k) + Z̄(W − k)) / 2 and B(k) = (Z(k) − Z̄(W
/// − k)) / 2i. A piece is a batch of Lanes pairs. The rows of a pair are from the same plane, since the magnitudes of
/// planes may differ. Reads each pixel and writes each coefficient once.
/// </summary>
internal unsafe struct FftRows<S, V> : IJob
    where S : struct, ISimd<V>
    where V : unmanaged
{
    public FftGrid Grid;
    public Fft* Plan;

    /// <summary>The real planes.</summary>
    public float* Image;

    /// <summary>The blocks of each plane.</summary>
    public float* Blocks;

    /// <summary>The number of pairs of rows in all planes.</summary>
    public int Pairs;

    /// <summary>
    /// The workspace of the workers; each has Width elements, a tile of 4·Lanes vectors and what the plan needs.
    /// </summary>
    public float* Work;
    public long WorkLength;

    public static long WorkFloats(FftGrid grid, Fft* plan) =>
        2L * grid.Lanes * (grid.Width + plan->WorkLength) + 4L * grid.Lanes * grid.Lanes;

    public readonly void Execute(int index, int worker)
    {
        int lanes = S.Width;
        float* z = Work + worker * WorkLength;
        float* tile = z + 2L * lanes * Grid.Width;
        float** images = stackalloc float*[2 * lanes];
        float** rows = stackalloc float*[2 * lanes];
        FftPairs.Find(Grid, index * lanes, Pairs, Image, Blocks, null, images, rows);
        LoadRows(images, z);
        FftKernel<S, V>.Transform(Plan, z, tile + 4L * lanes * lanes);
        for (int block = 0; block < Grid.Blocks; block++)
        {
            Separate(z, block * lanes, tile);
            StoreTile(tile, rows, (nint)(block * Grid.BlockSize));
        }
    }

    /// <summary>Transposes the rows to elements; the last tile overlaps the one before.</summary>
    private readonly void LoadRows(float** images, float* z)
    {
        int lanes = S.Width;
        if (Grid.Width < lanes)
        {
            for (int k = 0; k < Grid.Width; k++)
            {
                for (int lane = 0; lane < 2 * lanes; lane++)
                {
                    z[2 * lanes * k + lane] = images[lane][k];
                }
            }

            return;
        }

        float** elements = stackalloc float*[lanes];
        for (int lane = 0; lane < lanes; lane++)
        {
            elements[lane] = z + 2 * lanes * lane;
        }

        for (int start = 0; start < Grid.Width; start += lanes)
        {
            int first = Math.Min(start, Grid.Width - lanes);
            S.Transpose(images, first, elements, (nint)2 * lanes * first);
            S.Transpose(images + lanes, first, elements, (nint)2 * lanes * first + lanes);
        }
    }

    /// <summary>Computes a block of columns of both rows of each pair: Re A, Im A, Re B, Im B.</summary>
    private readonly void Separate(float* z, int first, float* tile)
    {
        int lanes = S.Width;
        int tileSize = lanes * lanes;
        V half = S.Broadcast(0.5f);
        for (int i = 0; i < lanes; i++)
        {
            // Lanes beyond the last column repeat it; their results are not used.
            int k = Math.Min(first + i, Grid.Columns - 1);
            float* plus = z + 2 * lanes * Plan->Places[k];
            float* minus = z + 2 * lanes * Plan->Places[k == 0 ? 0 : Grid.Width - k];
            V plusRe = S.Load(plus);
            V plusIm = S.Load(plus + lanes);
            V minusRe = S.Load(minus);
            V minusIm = S.Load(minus + lanes);
            float* row = tile + i * lanes;
            S.Store(row, S.Multiply(half, S.Add(plusRe, minusRe)));
            S.Store(row + tileSize, S.Multiply(half, S.Subtract(plusIm, minusIm)));
            S.Store(row + 2 * tileSize, S.Multiply(half, S.Add(plusIm, minusIm)));
            S.Store(row + 3 * tileSize, S.Multiply(half, S.Subtract(minusRe, plusRe)));
        }

        if (first == 0 && Grid.IsPacked)
        {
            float* middle = z + 2 * lanes * Plan->Places[Grid.Width / 2];
            S.Store(tile + tileSize, S.Load(middle));
            S.Store(tile + 3 * tileSize, S.Load(middle + lanes));
        }
    }

    /// <summary>Transposes a tile to the blocks, second rows first: an unpaired last row overwrites its copy.</summary>
    private static void StoreTile(float* tile, float** rows, nint offset)
    {
        int lanes = S.Width;
        float** sources = stackalloc float*[lanes];
        for (int i = 0; i < lanes; i++)
        {
            sources[i] = tile + i * lanes;
        }

        nint tileSize = lanes * lanes;
        S.Transpose(sources, 2 * tileSize, rows + lanes, offset);
        S.Transpose(sources, 3 * tileSize, rows + lanes, offset + lanes);
        S.Transpose(sources, 0, rows, offset);
        S.Transpose(sources, tileSize, rows, offset + lanes);
    }
}
