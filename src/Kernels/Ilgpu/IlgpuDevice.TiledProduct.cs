using ILGPU;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Ilgpu;

/// <remarks>
/// Matrix product and convolutions, one kernel for all: result = left·right by square tiles in shared memory, the
/// operands being functions of an index (implicit products: no matrix is unfolded in memory). Bound by shared memory:
/// two reads a multiplication.
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
        // The side of a tile: a power of two whose square is a group.
        int side = 1;
        while (4 * side * side <= GroupSize(TiledProductKernels.LargestSide * TiledProductKernels.LargestSide))
        {
            side *= 2;
        }

        int rows = (product.Rows + side - 1) / side;
        int columns = (product.Columns + side - 1) / side;
        Launch(TiledProductKernels.Run<TProduct>, new KernelConfig(rows * columns, side * side),
            new TiledArguments<TProduct>(product, side, columns));
    }

    /// <summary>The elements of a tensor, or of one that is not read in its place.</summary>
    private static ArrayView<float> ViewOr(Tensor? tensor, Tensor other) => View(tensor ?? other);
}

/// <summary>A product of two matrices given as functions, and where its elements go.</summary>
internal interface ITiledProduct
{
    /// <summary>Rows of the left operand.</summary>
    int Rows { get; }

    /// <summary>Columns of the right operand.</summary>
    int Columns { get; }

    /// <summary>Columns of the left operand.</summary>
    int Inner { get; }

    /// <summary>An element of the left operand.</summary>
    float Left(int row, int inner);

    /// <summary>An element of the right operand.</summary>
    float Right(int inner, int column);

    /// <summary>Takes an element of the product.</summary>
    void Store(int row, int column, double value);
}

/// <summary>A product, the side of its tiles and how many make a row of tiles.</summary>
internal readonly record struct TiledArguments<TProduct>(TProduct Product, int Side, int TileColumns)
    where TProduct : struct, ITiledProduct;

internal static class TiledProductKernels
{
    /// <summary>The largest side of a tile.</summary>
    public const int LargestSide = 16;

    public static void Run<TProduct>(TiledArguments<TProduct> a)
        where TProduct : struct, ITiledProduct
    {
        ArrayView<float> left = SharedMemory.Allocate<float>(LargestSide * LargestSide);
        ArrayView<float> right = SharedMemory.Allocate<float>(LargestSide * LargestSide);
        TProduct product = a.Product;
        int tileRow = Group.IdxX / a.Side;
        int tileColumn = Group.IdxX % a.Side;
        int row = Grid.IdxX / a.TileColumns * a.Side + tileRow;
        int column = Grid.IdxX % a.TileColumns * a.Side + tileColumn;
        double sum = 0;
        for (int start = 0; start < product.Inner; start += a.Side)
        {
            int leftInner = start + tileColumn;
            int rightInner = start + tileRow;
            float leftValue = 0;
            float rightValue = 0;
            if (row < product.Rows && leftInner < product.Inner)
            {
                leftValue = product.Left(row, leftInner);
            }

            if (column < product.Columns && rightInner < product.Inner)
            {
                rightValue = product.Right(rightInner, column);
            }

            left[Group.IdxX] = leftValue;
            right[Group.IdxX] = rightValue;
            Group.Barrier();

            // In float within a tile, in double over the tiles: long sums stay exact at little cost.
            float part = 0;
            for (int k = 0; k < a.Side; k++)
            {
                part += left[tileRow * a.Side + k] * right[k * a.Side + tileColumn];
            }

            sum += part;
            Group.Barrier();
        }

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
