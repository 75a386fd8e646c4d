namespace InfAdmm.Kernels.Cpu;

/// <summary>The inverse of <see cref="FftRows{S, V}"/>: blocks of columns to real rows, by Z = A + iB.</summary>
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

    /// <summary>
    /// Transposes the elements to the rows, row a of each pair last, from the second half of its element.
    /// </summary>
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
