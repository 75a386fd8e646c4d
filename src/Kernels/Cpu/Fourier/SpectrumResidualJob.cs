namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// ê(k) = ŷ(k) − (1/s²) Σ ĥ(K)·q̂(K). The aliases of a row in columns up to W/2 are contiguous and are summed in the
/// order of kx. Those in the columns after W/2 are conjugates of frequencies (H − Ky, W − Kx), contiguous in the
/// reverse order of kx; they are summed separately and added at the end. Reads q̂ and ĥ once: bound by memory.
/// </summary>
internal unsafe struct SpectrumResidualJob<S, V> : IJob
    where S : struct, ISimd<V>
    where V : unmanaged
{
    public AliasGrid Grid;
    public float* Q;
    public float* Y;
    public float* Transfer;
    public float* E;

    /// <summary>The workspace of the workers: two rows of sums for each.</summary>
    public float* Work;
    public long WorkLength;

    public readonly void Execute(int index, int worker)
    {
        (int plane, int piece) = Math.DivRem(index, Grid.Pieces);
        int first = piece * Grid.RowsPerPiece;
        int last = Math.Min(first + Grid.RowsPerPiece, Grid.LowHeight);
        nint lowRow = ((nint)plane * Grid.LowHeight + first) * 2 * Grid.LowColumns;
        float* q = Q + (nint)plane * Grid.Height * 2 * Grid.Columns;
        if (Grid.Stride == 1)
        {
            nint skipped = (nint)first * 2 * Grid.Columns;
            SpectrumRuns<S, V>.SubtractProduct(
                Y + lowRow, Transfer + skipped, q + skipped, E + lowRow, (last - first) * Grid.Columns);
            return;
        }

        float* sums = Work + worker * WorkLength;
        for (int row = first; row < last; row++, lowRow += 2 * Grid.LowColumns)
        {
            SumAliases(row, q, sums);
            Subtract(Y + lowRow, sums, E + lowRow);
        }
    }

    /// <summary>Computes the sums in the order of kx, followed by those in the reverse order.</summary>
    private readonly void SumAliases(int row, float* q, float* sums)
    {
        int half = Grid.LowWidth / 2;
        float* mirrored = sums + 2 * Grid.LowColumns;
        new Span<float>(sums, 4 * Grid.LowColumns).Clear();
        for (int a = 0; a < Grid.Stride; a++)
        {
            int y = row + a * Grid.LowHeight;
            nint direct = (nint)y * 2 * Grid.Columns;
            nint opposite = (nint)(y == 0 ? 0 : Grid.Height - y) * 2 * Grid.Columns;
            for (int b = 0; b < Grid.Stride; b++)
            {
                int start = b * Grid.LowWidth;
                int count = Math.Clamp(Grid.Columns - start, 0, half + 1);
                nint at = direct + 2 * start;
                SpectrumRuns<S, V>.AddProduct(Transfer + at, q + at, sums, count);

                // Column Kx = start + kx is the mirror of W − Kx, which ascends with t = half − kx.
                at = opposite + 2 * (Grid.Width - start - half);
                SpectrumRuns<S, V>.AddProduct(Transfer + at, q + at, mirrored, half + 1 - count);
            }
        }
    }

    private readonly void Subtract(float* y, float* sums, float* e)
    {
        int half = Grid.LowWidth / 2;
        float* mirrored = sums + 2 * Grid.LowColumns;
        float scale = 1f / (Grid.Stride * Grid.Stride);
        for (int k = 0; k <= half; k++)
        {
            e[2 * k] = y[2 * k] - scale * (sums[2 * k] + mirrored[2 * (half - k)]);
            e[2 * k + 1] = y[2 * k + 1] - scale * (sums[2 * k + 1] - mirrored[2 * (half - k) + 1]);
        }
    }
}
