using System.Runtime.CompilerServices;
using InfAdmm.Kernels.Cpu.Simd;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// One axis of a 2-D transform, of the rows: real rows to blocks of columns. Lanes pairs of rows a, b become the
/// complex rows z = a + ib, one a lane; after the transform A(k) = (Z(k) + Z̄(W − k)) / 2 and
/// B(k) = (Z(k) − Z̄(W − k)) / 2i. A piece is one such batch of pairs, from any planes; a pair is never mixed from two
/// planes, whose magnitudes may differ. Reads each pixel and writes each coefficient once.
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

    /// <summary>Pairs of rows in all planes.</summary>
    public int Pairs;

    /// <summary>Workspace of each worker: Width elements, a tile of 4·Lanes vectors, what the plan asks for.</summary>
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

    /// <summary>Transposes the rows into elements; the last tile overlaps the one before.</summary>
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

    /// <summary>The columns from <paramref name="first"/> on of both rows of each pair: Re A, Im A, Re B, Im B.</summary>
    private readonly void Separate(float* z, int first, float* tile)
    {
        int lanes = S.Width;
        int tileSize = lanes * lanes;
        V half = S.Broadcast(0.5f);
        for (int i = 0; i < lanes; i++)
        {
            // Lanes past the last column repeat it: their results are never read.
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

    /// <summary>Transposes a tile into the blocks. The first rows go last: they win over a mate that is themselves.</summary>
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

/// <summary>The inverse of <see cref="FftRows{S, V}"/>: blocks of columns to real rows, Z = A + iB in one transform.</summary>
internal unsafe struct FftInverseRows<S, V> : IJob
    where S : struct, ISimd<V>
    where V : unmanaged
{
    public FftGrid Grid;
    public Fft* Plan;
    public Fft* ColumnPlan;
    public float* Image;
    public float* Blocks;
    public int Pairs;
    public float* Work;
    public long WorkLength;

    public readonly void Execute(int index, int worker)
    {
        int lanes = S.Width;
        float* z = Work + worker * WorkLength;
        float* tile = z + 2L * lanes * Grid.Width;
        float** images = stackalloc float*[2 * lanes];
        float** rows = stackalloc float*[2 * lanes];
        FftPairs.Find(Grid, index * lanes, Pairs, Image, Blocks, ColumnPlan->Places, images, rows);
        for (int block = 0; block < Grid.Blocks; block++)
        {
            LoadTile(rows, (nint)(block * Grid.BlockSize), tile);
            Join(tile, block * lanes, z);
        }

        FftKernel<S, V>.Transform(Plan, z, tile + 4L * lanes * lanes);
        StoreRows(z, images);
    }

    private static void LoadTile(float** rows, nint offset, float* tile)
    {
        int lanes = S.Width;
        float** destinations = stackalloc float*[lanes];
        for (int i = 0; i < lanes; i++)
        {
            destinations[i] = tile + i * lanes;
        }

        // Imaginary parts come first in a block of the inverse.
        nint tileSize = lanes * lanes;
        S.Transpose(rows, offset + lanes, destinations, 0);
        S.Transpose(rows, offset, destinations, tileSize);
        S.Transpose(rows + lanes, offset + lanes, destinations, 2 * tileSize);
        S.Transpose(rows + lanes, offset, destinations, 3 * tileSize);
    }

    /// <summary>Z(k) = A + iB and Z(W − k) = Ā + iB̄ for the columns from <paramref name="first"/> on.</summary>
    private readonly void Join(float* tile, int first, float* z)
    {
        int lanes = S.Width;
        int tileSize = lanes * lanes;
        int count = Math.Min(lanes, Grid.Columns - first);
        for (int i = 0; i < count; i++)
        {
            int k = first + i;
            V aRe = S.Load(tile + i * lanes);
            V aIm = S.Load(tile + i * lanes + tileSize);
            V bRe = S.Load(tile + i * lanes + 2 * tileSize);
            V bIm = S.Load(tile + i * lanes + 3 * tileSize);
            float* plus = z + 2 * lanes * k;
            if (k == 0)
            {
                S.Store(plus, bRe);
                S.Store(plus + lanes, aRe);
                if (Grid.IsPacked)
                {
                    S.Store(z + lanes * Grid.Width, bIm);
                    S.Store(z + lanes * Grid.Width + lanes, aIm);
                }

                continue;
            }

            float* minus = z + 2 * lanes * (Grid.Width - k);
            S.Store(plus, S.Add(aIm, bRe));
            S.Store(plus + lanes, S.Subtract(aRe, bIm));
            S.Store(minus, S.Subtract(bRe, aIm));
            S.Store(minus + lanes, S.Add(aRe, bIm));
        }
    }

    /// <summary>Transposes elements into the rows, a of each pair last, from the second half of its element.</summary>
    private readonly void StoreRows(float* z, float** images)
    {
        int lanes = S.Width;
        if (Grid.Width < lanes)
        {
            for (int k = 0; k < Grid.Width; k++)
            {
                float* element = z + 2 * lanes * Plan->Places[k];
                for (int lane = 0; lane < lanes; lane++)
                {
                    images[lanes + lane][k] = element[lane];
                    images[lane][k] = element[lanes + lane];
                }
            }

            return;
        }

        float** elements = stackalloc float*[lanes];
        for (int start = 0; start < Grid.Width; start += lanes)
        {
            int first = Math.Min(start, Grid.Width - lanes);
            for (int i = 0; i < lanes; i++)
            {
                elements[i] = z + 2 * lanes * Plan->Places[first + i];
            }

            S.Transpose(elements, 0, images + lanes, first);
            S.Transpose(elements, lanes, images, first);
        }
    }
}

/// <summary>Where the rows of a batch of pairs lie.</summary>
internal static unsafe class FftPairs
{
    /// <summary>
    /// The pairs from <paramref name="first"/> on: their rows of the image, and their places in block 0 of the plane;
    /// the first rows in the first half of the tables, their mates in the second. Lanes beyond the last pair repeat
    /// it, so that they read and write the same as its own lane.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Find(
        FftGrid grid, int first, int pairs, float* image, float* blocks, int* places, float** images, float** rows)
    {
        for (int lane = 0; lane < grid.Lanes; lane++)
        {
            int pair = Math.Min(first + lane, pairs - 1);
            int plane = pair / grid.Pairs;
            int row = 2 * (pair % grid.Pairs);
            int mate = Math.Min(row + 1, grid.Height - 1);
            float* planeImage = image + (nint)plane * grid.Height * grid.Width;
            float* planeBlocks = blocks + plane * grid.PlaneSize;
            images[lane] = planeImage + (nint)row * grid.Width;
            images[grid.Lanes + lane] = planeImage + (nint)mate * grid.Width;
            rows[lane] = planeBlocks + 2L * grid.Lanes * (places == null ? row : places[row]);
            rows[grid.Lanes + lane] = planeBlocks + 2L * grid.Lanes * (places == null ? mate : places[mate]);
        }
    }
}
