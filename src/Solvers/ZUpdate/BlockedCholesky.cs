using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using InfAdmm.Engine;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// The Cholesky factor of a dense symmetric positive definite matrix in double precision, on the host: m³/3
/// multiply-adds. Right-looking, by blocks of columns (Golub and Van Loan, Matrix Computations, §4.2): a block on the
/// diagonal is factored and inverted, the panel below it is multiplied by the inverse, and the product of the panel with
/// itself is subtracted from the rest, which is nearly all of the work.
/// </summary>
internal static unsafe class BlockedCholesky
{
    // The columns of a block: a strip of 12 rows of the panel (18 kB) stays in the first-level cache.
    private const int Block = 192;

    // A tile of the product: 4 rows by 12 columns are 12 vectors of 4 numbers, which stay in registers.
    private const int TileRows = 4;
    private const int TileColumns = 12;
    private const int RowsATime = 48;

    /// <summary>Replaces the lower triangle of a matrix by its factor. The upper triangle is overwritten.</summary>
    /// <param name="matrix">The matrix in row-major order; only its lower triangle is read.</param>
    /// <param name="size">The number of rows.</param>
    /// <param name="threads">The number of threads.</param>
    /// <exception cref="InputException">The matrix is not positive definite in double precision.</exception>
    public static void Factor(double[] matrix, int size, int threads)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(threads, 1) };
        int strips = (size + TileColumns - 1) / TileColumns;
        double[] wide = GC.AllocateUninitializedArray<double>(strips * TileColumns * Block);
        double[] inverse = new double[Block * Block];
        double[] packed = new double[Block * Block];
        for (int start = 0; start < size; start += Block)
        {
            int depth = Math.Min(Block, size - start);
            FactorDiagonal(matrix, size, start, depth);
            InvertDiagonal(matrix, size, start, depth, inverse, packed);
            int first = start + depth;
            int blocks = (size - first + RowsATime - 1) / RowsATime;
            Parallel.For(0, blocks, options, block =>
                MultiplyPanel(matrix, size, start, depth, packed, wide, first, first + block * RowsATime));

            // The largest row blocks are last in the matrix; they are started first.
            Parallel.For(0, blocks, options, block =>
                Subtract(matrix, size, start, depth, wide, first, first + (blocks - 1 - block) * RowsATime));
        }
    }

    /// <summary>Solves L Lᵀ x = b in place for a small matrix, by substitution on one thread.</summary>
    /// <param name="factor">The factor of <see cref="Factor"/>.</param>
    /// <param name="size">The number of rows.</param>
    /// <param name="values">b, replaced by x.</param>
    public static void Solve(double[] factor, int size, Span<double> values)
    {
        for (int i = 0; i < size; i++)
        {
            values[i] = (values[i] - Dot(factor.AsSpan(i * size, i), values[..i])) / factor[i * size + i];
        }

        for (int i = size - 1; i >= 0; i--)
        {
            double value = values[i] / factor[i * size + i];
            values[i] = value;
            for (int j = 0; j < i; j++)
            {
                values[j] -= value * factor[i * size + j];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FactorDiagonal(double[] matrix, int size, int start, int depth)
    {
        for (int j = 0; j < depth; j++)
        {
            Span<double> pivotRow = Row(matrix, size, start + j, start, depth);
            double pivot = pivotRow[j] - Dot(pivotRow[..j], pivotRow[..j]);
            if (!(pivot > 0))
            {
                throw new InputException("ρI + A Aᵀ is not positive definite in double precision: use a larger ρ");
            }

            pivot = Math.Sqrt(pivot);
            pivotRow[j] = pivot;
            for (int i = j + 1; i < depth; i++)
            {
                Span<double> row = Row(matrix, size, start + i, start, depth);
                row[j] = (row[j] - Dot(row[..j], pivotRow[..j])) / pivot;
            }
        }
    }

    /// <summary>The inverse of the factor of a diagonal block, packed in strips of 12 rows, column by column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void InvertDiagonal(
        double[] matrix, int size, int start, int depth, double[] inverse, double[] packed)
    {
        Array.Clear(inverse);
        Array.Clear(packed);
        for (int i = 0; i < depth; i++)
        {
            Span<double> row = Row(matrix, size, start + i, start, depth);
            Span<double> result = inverse.AsSpan(i * Block, Block);
            for (int k = 0; k < i; k++)
            {
                AddScaled(-row[k] / row[i], inverse.AsSpan(k * Block, k + 1), result);
            }

            result[i] = 1 / row[i];
            int strip = i / TileColumns * TileColumns * depth + i % TileColumns;
            for (int k = 0; k <= i; k++)
            {
                packed[strip + k * TileColumns] = result[k];
            }
        }
    }

    /// <summary>
    /// Multiplies some rows of the panel by the transposed inverse, X = A L⁻ᵀ, and packs them for
    /// <see cref="Subtract"/>: strips of 12 rows, column by column.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyPanel(
        double[] matrix, int size, int start, int depth, double[] packed, double[] wide, int first, int firstRow)
    {
        int rows = Math.Min(RowsATime, size - firstRow);
        double* tall = stackalloc double[TileRows * Block];
        double* tile = stackalloc double[TileRows * TileColumns];
        fixed (double* pPacked = packed, pWide = wide, pMatrix = matrix)
        {
            for (int i = 0; i < rows; i += TileRows)
            {
                int height = Math.Min(TileRows, rows - i);
                Pack(pMatrix, size, start, depth, firstRow + i, height, tall);
                for (int column = 0; column < depth; column += TileColumns)
                {
                    // Beyond its last row, the inverse is zero.
                    int width = Math.Min(TileColumns, depth - column);
                    new Span<double>(tile, TileRows * TileColumns).Clear();
                    SubtractTile(tall, pPacked + column * depth, column + width, tile, TileColumns);
                    for (int r = 0; r < height; r++)
                    {
                        int row = firstRow + i + r;
                        double* target = pMatrix + (long)row * size + start + column;
                        double* lane = pWide + (long)((row - first) / TileColumns * depth + column) * TileColumns
                            + (row - first) % TileColumns;
                        for (int c = 0; c < width; c++)
                        {
                            target[c] = -tile[r * TileColumns + c];
                            lane[c * TileColumns] = target[c];
                        }
                    }
                }
            }
        }
    }

    /// <summary>Subtracts X Xᵀ from some rows of the rest of the matrix, up to the diagonal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Subtract(
        double[] matrix, int size, int start, int depth, double[] wide, int first, int firstRow)
    {
        int rows = Math.Min(RowsATime, size - firstRow);
        double* tall = stackalloc double[TileRows * Block];
        double* edge = stackalloc double[TileRows * TileColumns];
        fixed (double* pWide = wide, pMatrix = matrix)
        {
            for (int i = 0; i < rows; i += TileRows)
            {
                int height = Math.Min(TileRows, rows - i);
                Pack(pMatrix, size, start, depth, firstRow + i, height, tall);
                int end = firstRow + i + height;
                for (int column = first; column < end; column += TileColumns)
                {
                    double* strip = pWide + (long)(column - first) * depth;
                    double* target = pMatrix + (long)(firstRow + i) * size + column;
                    if (height == TileRows && column + TileColumns <= size)
                    {
                        SubtractTile(tall, strip, depth, target, size);
                        continue;
                    }

                    new Span<double>(edge, TileRows * TileColumns).Clear();
                    SubtractTile(tall, strip, depth, edge, TileColumns);
                    for (int r = 0; r < height; r++)
                    {
                        for (int c = 0; c < Math.Min(TileColumns, size - column); c++)
                        {
                            target[(long)r * size + c] += edge[r * TileColumns + c];
                        }
                    }
                }
            }
        }
    }

    /// <summary>Packs up to four rows of the panel column by column; missing rows are zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pack(double* matrix, int size, int start, int depth, int firstRow, int height, double* tall)
    {
        for (int r = 0; r < TileRows; r++)
        {
            double* row = matrix + (long)(firstRow + Math.Min(r, height - 1)) * size + start;
            for (int k = 0; k < depth; k++)
            {
                tall[k * TileRows + r] = r < height ? row[k] : 0;
            }
        }
    }

    /// <summary>C −= A B of a 4×depth and a depth×12 matrix, both stored with the short side contiguous.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SubtractTile(double* a, double* b, int depth, double* c, int stride)
    {
        Vector256<double> c00 = default, c01 = default, c02 = default;
        Vector256<double> c10 = default, c11 = default, c12 = default;
        Vector256<double> c20 = default, c21 = default, c22 = default;
        Vector256<double> c30 = default, c31 = default, c32 = default;
        for (int k = 0; k < depth; k++)
        {
            Vector256<double> b0 = Vector256.Load(b);
            Vector256<double> b1 = Vector256.Load(b + 4);
            Vector256<double> b2 = Vector256.Load(b + 8);
            Vector256<double> value = Vector256.Create(a[0]);
            c00 = Vector256.FusedMultiplyAdd(value, b0, c00);
            c01 = Vector256.FusedMultiplyAdd(value, b1, c01);
            c02 = Vector256.FusedMultiplyAdd(value, b2, c02);
            value = Vector256.Create(a[1]);
            c10 = Vector256.FusedMultiplyAdd(value, b0, c10);
            c11 = Vector256.FusedMultiplyAdd(value, b1, c11);
            c12 = Vector256.FusedMultiplyAdd(value, b2, c12);
            value = Vector256.Create(a[2]);
            c20 = Vector256.FusedMultiplyAdd(value, b0, c20);
            c21 = Vector256.FusedMultiplyAdd(value, b1, c21);
            c22 = Vector256.FusedMultiplyAdd(value, b2, c22);
            value = Vector256.Create(a[3]);
            c30 = Vector256.FusedMultiplyAdd(value, b0, c30);
            c31 = Vector256.FusedMultiplyAdd(value, b1, c31);
            c32 = Vector256.FusedMultiplyAdd(value, b2, c32);
            a += TileRows;
            b += TileColumns;
        }

        SubtractRow(c, c00, c01, c02);
        SubtractRow(c + stride, c10, c11, c12);
        SubtractRow(c + 2L * stride, c20, c21, c22);
        SubtractRow(c + 3L * stride, c30, c31, c32);
    }

    private static void SubtractRow(double* row, Vector256<double> a, Vector256<double> b, Vector256<double> c)
    {
        Vector256.Store(Vector256.Load(row) - a, row);
        Vector256.Store(Vector256.Load(row + 4) - b, row + 4);
        Vector256.Store(Vector256.Load(row + 8) - c, row + 8);
    }

    private static Span<double> Row(double[] matrix, int size, int row, int start, int length) =>
        matrix.AsSpan((int)((long)row * size) + start, length);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddScaled(double factor, ReadOnlySpan<double> x, Span<double> y)
    {
        Vector256<double> factors = Vector256.Create(factor);
        int i = 0;
        for (; i <= x.Length - 4; i += 4)
        {
            Vector256.FusedMultiplyAdd(factors, Vector256.Create(x[i..]), Vector256.Create<double>(y[i..])).CopyTo(y[i..]);
        }

        for (; i < x.Length; i++)
        {
            y[i] += factor * x[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        Vector256<double> first = default;
        Vector256<double> second = default;
        int i = 0;
        for (; i <= a.Length - 8; i += 8)
        {
            first = Vector256.FusedMultiplyAdd(Vector256.Create(a[i..]), Vector256.Create(b[i..]), first);
            second = Vector256.FusedMultiplyAdd(
                Vector256.Create(a[(i + 4)..]), Vector256.Create(b[(i + 4)..]), second);
        }

        double sum = Vector256.Sum(first + second);
        for (; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }
}
