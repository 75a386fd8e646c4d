namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// ẑ(K) = q̂(K) + conj(ĥ(K))·ŵ(K mod the low-resolution grid). A low-resolution row is completed to its full width by
/// symmetry once and then used for all its aliases in contiguous runs. Bound by memory.
/// </summary>
internal unsafe struct SpectrumCorrectionJob<S, V> : IJob
    where S : struct, ISimd<V>
    where V : unmanaged
{
    public AliasGrid Grid;
    public float* Q;
    public float* W;
    public float* Transfer;
    public float* Z;

    /// <summary>The workspace of the workers: one full low-resolution row for each.</summary>
    public float* Work;
    public long WorkLength;

    public readonly void Execute(int index, int worker)
    {
        (int plane, int piece) = Math.DivRem(index, Grid.Pieces);
        int first = piece * Grid.RowsPerPiece;
        int last = Math.Min(first + Grid.RowsPerPiece, Grid.LowHeight);
        nint planeOffset = (nint)plane * Grid.Height * 2 * Grid.Columns;
        float* w = W + (nint)plane * Grid.LowHeight * 2 * Grid.LowColumns;
        if (Grid.Stride == 1)
        {
            nint skipped = (nint)first * 2 * Grid.Columns;
            SpectrumRuns<S, V>.AddConjugateProduct(
                Q + planeOffset + skipped,
                Transfer + skipped,
                w + skipped,
                Z + planeOffset + skipped,
                (last - first) * Grid.Columns);
            return;
        }

        float* whole = Work + worker * WorkLength;
        for (int row = first; row < last; row++)
        {
            Complete(row, w, whole);
            for (int a = 0; a < Grid.Stride; a++)
            {
                nint transferRow = (nint)(row + a * Grid.LowHeight) * 2 * Grid.Columns;
                for (int start = 0; start < Grid.Columns; start += Grid.LowWidth)
                {
                    nint at = transferRow + 2 * start;
                    int count = Math.Min(Grid.LowWidth, Grid.Columns - start);
                    SpectrumRuns<S, V>.AddConjugateProduct(
                        Q + planeOffset + at, Transfer + at, whole, Z + planeOffset + at, count);
                }
            }
        }
    }

    private readonly void Complete(int row, float* w, float* whole)
    {
        float* direct = w + (nint)row * 2 * Grid.LowColumns;
        float* opposite = w + (nint)(row == 0 ? 0 : Grid.LowHeight - row) * 2 * Grid.LowColumns;
        new ReadOnlySpan<float>(direct, 2 * Grid.LowColumns).CopyTo(new Span<float>(whole, 2 * Grid.LowColumns));
        for (int k = Grid.LowColumns; k < Grid.LowWidth; k++)
        {
            whole[2 * k] = opposite[2 * (Grid.LowWidth - k)];
            whole[2 * k + 1] = -opposite[2 * (Grid.LowWidth - k) + 1];
        }
    }
}
