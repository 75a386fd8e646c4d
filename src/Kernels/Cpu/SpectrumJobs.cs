using InfAdmm.Kernels.Cpu.Simd;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Half spectra of an image and of its decimation by Stride. Low-resolution frequency (ky, kx) is the alias of the
/// Stride² frequencies (ky + a·LowHeight, kx + b·LowWidth). Pieces of work are groups of low-resolution rows.
/// </summary>
internal readonly struct AliasGrid(int height, int width, int stride)
{
    private const int FrequenciesPerPiece = 8192;

    public int Height { get; } = height;

    public int Width { get; } = width;

    public int Stride { get; } = stride;

    public int LowHeight { get; } = height / stride;

    public int LowWidth { get; } = width / stride;

    /// <summary>Complex columns of the image's half spectrum.</summary>
    public int Columns => Width / 2 + 1;

    /// <summary>Complex columns of the low-resolution half spectrum.</summary>
    public int LowColumns => LowWidth / 2 + 1;

    /// <summary>Low-resolution rows of a piece.</summary>
    public int RowsPerPiece => Math.Max(1, FrequenciesPerPiece / (Stride * Columns));

    /// <summary>Pieces of a plane.</summary>
    public int Pieces => (LowHeight + RowsPerPiece - 1) / RowsPerPiece;
}

/// <summary>result = gain·spectrum. 5 floats moved a frequency for 2 products: memory bounds it.</summary>
internal unsafe struct ScaleSpectrumJob<S, V> : IJob
    where S : struct, ISimd<V>
    where V : unmanaged
{
    private const int FrequenciesPerPiece = 8192;

    public float* Spectrum;
    public float* Gain;
    public float* Result;

    /// <summary>Frequencies of a plane.</summary>
    public int Frequencies;

    public readonly int Pieces => (Frequencies + FrequenciesPerPiece - 1) / FrequenciesPerPiece;

    public readonly void Execute(int index, int worker)
    {
        (int plane, int piece) = Math.DivRem(index, Pieces);
        int first = piece * FrequenciesPerPiece;
        int count = Math.Min(FrequenciesPerPiece, Frequencies - first);
        nint offset = 2 * ((nint)plane * Frequencies + first);
        float* spectrum = Spectrum + offset;
        float* result = Result + offset;
        float* gain = Gain + first;
        int i = 0;
        for (; i <= count - S.Width; i += S.Width)
        {
            V factor = S.Load(gain + i);
            S.Deinterleave2(spectrum + 2 * i, out V re, out V im);
            S.Interleave2(result + 2 * i, S.Multiply(factor, re), S.Multiply(factor, im));
        }

        for (; i < count; i++)
        {
            result[2 * i] = gain[i] * spectrum[2 * i];
            result[2 * i + 1] = gain[i] * spectrum[2 * i + 1];
        }
    }
}

/// <summary>
/// ê(k) = ŷ(k) − (1/s²) Σ ĥ(K)·q̂(K). Of the aliases of a row, those left of column W/2 are contiguous and are summed
/// in the order of kx; those right of it are conjugates of frequencies (H − Ky, W − Kx), contiguous in the reverse
/// order of kx, summed apart and joined at the end. Reads q̂ and ĥ once: memory bounds it.
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

    /// <summary>Workspace of each worker: two rows of sums.</summary>
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

    /// <summary>The sums in the order of kx, then those in the reverse order.</summary>
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

/// <summary>
/// ẑ(K) = q̂(K) + conj(ĥ(K))·ŵ(K mod the low-resolution grid). A low-resolution row is completed to its whole width
/// by symmetry once and then serves all its aliases in contiguous runs. Memory bounds it.
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

    /// <summary>Workspace of each worker: one whole low-resolution row.</summary>
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
