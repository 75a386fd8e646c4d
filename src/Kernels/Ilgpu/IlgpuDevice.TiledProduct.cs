using ILGPU;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Ilgpu;

/// <remarks>
/// Matrix product and convolutions by one kernel: result = left·right in tiles of shared memory, where the operands are
/// functions of an index (implicit products: no unfolded matrix is stored). A thread keeps 4×4 results in registers.
/// Bound by shared memory, half a read per multiplication; on the CPU accelerator by the barriers.
/// </remarks>
public sealed partial class IlgpuDevice
{
    /// <inheritdoc/>
    protected override void MatMulCore(Tensor a, Tensor b, Tensor c) =>
        RunProduct(new MatrixProduct(View(a), View(b), View(c), a.Shape.H, b.Shape.W, a.Shape.W));

    /// <inheritdoc/>
    protected override void Conv2dCore(
        Tensor x, Tensor weights, Tensor? bias, Conv2dSpec spec, Activation activation, Tensor y) =>
        RunProduct(new ForwardConvolution(
            new ConvolutionGeometry(x.Shape, weights.Shape, y.Shape, spec), View(x), View(weights), ViewOr(bias, y),
            View(y), bias is null ? 0 : 1, (int)activation));

    /// <inheritdoc/>
    protected override void Conv2dBackwardInputCore(
        Tensor gy, Tensor weights, Tensor? bias, Conv2dSpec spec, Activation activation, Tensor gx) =>
        RunProduct(new BackwardConvolution(
            new ConvolutionGeometry(gx.Shape, weights.Shape, gy.Shape, spec), View(gy), View(weights), ViewOr(bias, gx),
            View(gx), bias is null ? 0 : 1, (int)activation));

    /// <inheritdoc/>
    protected override void Conv2dBackwardWeightsCore(Tensor x, Tensor gy, Conv2dSpec spec, Tensor gw) =>
        RunProduct(new WeightGradient(
            new ConvolutionGeometry(x.Shape, gw.Shape, gy.Shape, spec), View(x), View(gy), View(gw)));

    private void RunProduct<TProduct>(in TProduct product)
        where TProduct : struct, ITiledProduct
    {
        // The threads of a group form a square, or a wider rectangle where the result has few rows.
        int threads = GroupSize(TiledProductKernels.MaxThreads);
        int threadRows = 1;
        while (4 * threadRows * threadRows <= threads && TiledProductKernels.Block * threadRows < product.Rows)
        {
            threadRows *= 2;
        }

        int threadColumns = Math.Min(threads / threadRows, TiledProductKernels.MaxColumns / TiledProductKernels.Block);
        int tileRows = threadRows * TiledProductKernels.Block;
        int tileColumns = threadColumns * TiledProductKernels.Block;
        int rows = (product.Rows + tileRows - 1) / tileRows;
        int columns = (product.Columns + tileColumns - 1) / tileColumns;
        Launch(TiledProductKernels.Product<TProduct>, new KernelConfig(rows * columns, threadRows * threadColumns),
            new TiledArguments<TProduct>(
                product, threadRows, threadColumns, columns, TiledProductKernels.Depth(tileRows, tileColumns)));
    }

    /// <summary>The elements of an optional tensor, or those of another that the kernel does not read.</summary>
    private static ArrayView<float> ViewOr(Tensor? tensor, Tensor other) => View(tensor ?? other);
}

/// <summary>A product of two matrices given as functions, and the store of its elements.</summary>
internal interface ITiledProduct
{
    /// <summary>The number of rows of the left operand.</summary>
    int Rows { get; }

    /// <summary>The number of columns of the right operand.</summary>
    int Columns { get; }

    /// <summary>The number of columns of the left operand.</summary>
    int Inner { get; }

    /// <summary>An element of the left operand.</summary>
    float Left(int row, int inner);

    /// <summary>An element of the right operand.</summary>
    float Right(int inner, int column);

    /// <summary>Stores an element of the product.</summary>
    void Store(int row, int column, double value);
}

/// <summary>
/// A product, the layout of the threads of a group, the number of tiles per row, and the depth of a tile.
/// </summary>
internal readonly record struct TiledArguments<TProduct>(
    TProduct Product, int ThreadRows, int ThreadColumns, int TilesInRow, int Depth)
    where TProduct : struct, ITiledProduct;

/// <summary>Four results of a thread in one row: float sums within a run, double sums over the runs.</summary>
internal struct RowOfFour
{
    public float Part0;
    public float Part1;
    public float Part2;
    public float Part3;
    public double Sum0;
    public double Sum1;
    public double Sum2;
    public double Sum3;

    public static RowOfFour Add(RowOfFour row, float left, float right0, float right1, float right2, float right3)
    {
        row.Part0 += left * right0;
        row.Part1 += left * right1;
        row.Part2 += left * right2;
        row.Part3 += left * right3;
        return row;
    }

    /// <summary>Adds the float sums to the double sums, so that long sums stay accurate.</summary>
    public static RowOfFour Flush(RowOfFour row)
    {
        row.Sum0 += row.Part0;
        row.Sum1 += row.Part1;
        row.Sum2 += row.Part2;
        row.Sum3 += row.Part3;
        row.Part0 = 0;
        row.Part1 = 0;
        row.Part2 = 0;
        row.Part3 = 0;
        return row;
    }
}

internal static class TiledProductKernels
{
    /// <summary>The number of rows and of columns of results per thread.</summary>
    public const int Block = 4;

    /// <summary>The largest number of threads in a group.</summary>
    public const int MaxThreads = 256;

    /// <summary>The largest number of columns of a tile; its rows are at most those of a square group.</summary>
    public const int MaxColumns = 128;

    private const int MaxRows = 64;
    private const int Run = 32;
    private const int MaxRuns = 8;

    /// <summary>Small tiles are deeper for fewer barriers: as many runs as fit into shared memory.</summary>
    public static int Depth(int tileRows, int tileColumns) =>
        Run * Math.Min(MaxRuns, Math.Min(MaxRows / tileRows, MaxColumns / tileColumns));

    public static void Product<TProduct>(TiledArguments<TProduct> a)
        where TProduct : struct, ITiledProduct
    {
        // Rows of the left tile are padded by one element, so that threads that store a column use different banks.
        ArrayView<float> left = SharedMemory.Allocate<float>(MaxRows * (Run + 1));
        ArrayView<float> right = SharedMemory.Allocate<float>(MaxColumns * Run);
        TProduct product = a.Product;
        int threadRow = Group.IdxX / a.ThreadColumns;
        int threadColumn = Group.IdxX % a.ThreadColumns;
        int firstRow = Grid.IdxX / a.TilesInRow * a.ThreadRows * Block;
        int firstColumn = Grid.IdxX % a.TilesInRow * a.ThreadColumns * Block;
        int width = a.ThreadColumns * Block;
        RowOfFour row0 = default;
        RowOfFour row1 = default;
        RowOfFour row2 = default;
        RowOfFour row3 = default;
        for (int start = 0; start < product.Inner; start += a.Depth)
        {
            LoadLeft(product, left, a.ThreadRows * Block, firstRow, start, a.Depth);
            LoadRight(product, right, width, firstColumn, start, a.Depth);
            Group.Barrier();
            int deep = product.Inner - start < a.Depth ? product.Inner - start : a.Depth;
            for (int k = 0; k < deep; k++)
            {
                int place = k * width + threadColumn;
                float right0 = right[place];
                float right1 = right[place + a.ThreadColumns];
                float right2 = right[place + 2 * a.ThreadColumns];
                float right3 = right[place + 3 * a.ThreadColumns];
                int at = threadRow * (a.Depth + 1) + k;
                int step = a.ThreadRows * (a.Depth + 1);
                row0 = RowOfFour.Add(row0, left[at], right0, right1, right2, right3);
                row1 = RowOfFour.Add(row1, left[at + step], right0, right1, right2, right3);
                row2 = RowOfFour.Add(row2, left[at + 2 * step], right0, right1, right2, right3);
                row3 = RowOfFour.Add(row3, left[at + 3 * step], right0, right1, right2, right3);
                if ((k + 1) % Run == 0 || k + 1 == deep)
                {
                    row0 = RowOfFour.Flush(row0);
                    row1 = RowOfFour.Flush(row1);
                    row2 = RowOfFour.Flush(row2);
                    row3 = RowOfFour.Flush(row3);
                }
            }

            Group.Barrier();
        }

        int row = firstRow + threadRow;
        int column = firstColumn + threadColumn;
        Store(product, row0, row, column, a.ThreadColumns);
        Store(product, row1, row + a.ThreadRows, column, a.ThreadColumns);
        Store(product, row2, row + 2 * a.ThreadRows, column, a.ThreadColumns);
        Store(product, row3, row + 3 * a.ThreadRows, column, a.ThreadColumns);
    }

    /// <summary>Adjacent threads take adjacent inner indices, along which most left operands are contiguous.</summary>
    private static void LoadLeft<TProduct>(
        TProduct product, ArrayView<float> left, int rows, int firstRow, int start, int depth)
        where TProduct : struct, ITiledProduct
    {
        for (int i = Group.IdxX; i < rows * depth; i += Group.DimX)
        {
            int row = i / depth;
            int inner = i % depth;
            float value = 0;
            if (firstRow + row < product.Rows && start + inner < product.Inner)
            {
                value = product.Left(firstRow + row, start + inner);
            }

            left[row * (depth + 1) + inner] = value;
        }
    }

    /// <summary>Adjacent threads take adjacent columns.</summary>
    private static void LoadRight<TProduct>(
        TProduct product, ArrayView<float> right, int columns, int firstColumn, int start, int depth)
        where TProduct : struct, ITiledProduct
    {
        for (int i = Group.IdxX; i < columns * depth; i += Group.DimX)
        {
            int inner = i / columns;
            int column = i % columns;
            float value = 0;
            if (firstColumn + column < product.Columns && start + inner < product.Inner)
            {
                value = product.Right(start + inner, firstColumn + column);
            }

            right[i] = value;
        }
    }

    private static void Store<TProduct>(TProduct product, RowOfFour sums, int row, int column, int step)
        where TProduct : struct, ITiledProduct
    {
        StoreOne(product, sums.Sum0, row, column);
        StoreOne(product, sums.Sum1, row, column + step);
        StoreOne(product, sums.Sum2, row, column + 2 * step);
        StoreOne(product, sums.Sum3, row, column + 3 * step);
    }

    private static void StoreOne<TProduct>(TProduct product, double sum, int row, int column)
        where TProduct : struct, ITiledProduct
    {
        if (row < product.Rows && column < product.Columns)
        {
            product.Store(row, column, sum);
        }
    }
}

/// <summary>c = a·b.</summary>
internal readonly record struct MatrixProduct(
    ArrayView<float> A, ArrayView<float> B, ArrayView<float> C, int Rows, int Columns, int Inner) : ITiledProduct
{
    public float Left(int row, int inner) => A[row * Inner + inner];

    public float Right(int inner, int column) => B[inner * Columns + column];

    public void Store(int row, int column, double value)
    {
        ArrayView<float> c = C;
        c[row * Columns + column] = (float)value;
    }
}
