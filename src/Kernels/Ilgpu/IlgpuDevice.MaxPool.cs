using ILGPU;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Ilgpu;

/// <remarks>Maximum pooling and its gradient. One thread per element of the result.</remarks>
public sealed partial class IlgpuDevice
{
    /// <inheritdoc/>
    protected override void MaxPool2dCore(Tensor x, PoolSpec spec, Tensor y) =>
        Launch(MaxPoolKernels.Forward, Elements(y.Count), Arguments(x, y, y, x.Shape, y.Shape, spec));

    /// <inheritdoc/>
    protected override void MaxPool2dBackwardCore(Tensor x, Tensor gy, PoolSpec spec, Tensor gx) =>
        Launch(MaxPoolKernels.Gradient, Elements(gx.Count), Arguments(x, gy, gx, x.Shape, gy.Shape, spec));

    private static MaxPoolArguments Arguments(
        Tensor x, Tensor gy, Tensor result, Shape large, Shape small, PoolSpec spec) =>
        new(
            View(x), View(gy), View(result), large.H, large.W, small.H, small.W, spec.Size, spec.Stride, spec.Padding);
}

internal readonly record struct MaxPoolArguments(
    ArrayView<float> X, ArrayView<float> Gy, ArrayView<float> Result, int Height, int Width, int PooledHeight,
    int PooledWidth, int Size, int Stride, int Padding);

internal static class MaxPoolKernels
{
    public static void Forward(MaxPoolArguments a)
    {
        for (int index = Grid.GlobalIndex.X; index < a.Result.IntLength; index += Grid.DimX * Group.DimX)
        {
            int j = index % a.PooledWidth;
            int i = index / a.PooledWidth % a.PooledHeight;
            int plane = index / a.PooledWidth / a.PooledHeight * a.Height * a.Width;
            a.Result[index] = a.X[plane + PlaceOfMaximum(a, plane, i, j)];
        }
    }

    /// <summary>A pixel takes the gradients of the windows in which it is the first of the largest.</summary>
    public static void Gradient(MaxPoolArguments a)
    {
        for (int index = Grid.GlobalIndex.X; index < a.Result.IntLength; index += Grid.DimX * Group.DimX)
        {
            int j = index % a.Width;
            int i = index / a.Width % a.Height;
            int image = index / a.Width / a.Height;
            int lastRow = IntrinsicMath.Min((i + a.Padding) / a.Stride, a.PooledHeight - 1);
            int lastColumn = IntrinsicMath.Min((j + a.Padding) / a.Stride, a.PooledWidth - 1);
            float sum = 0;
            for (int p = FirstWindow(a, i); p <= lastRow; p++)
            {
                for (int q = FirstWindow(a, j); q <= lastColumn; q++)
                {
                    if (PlaceOfMaximum(a, image * a.Height * a.Width, p, q) == i * a.Width + j)
                    {
                        sum += a.Gy[(image * a.PooledHeight + p) * a.PooledWidth + q];
                    }
                }
            }

            a.Result[index] = sum;
        }
    }

    /// <summary>The first window that reaches an index, or 0.</summary>
    private static int FirstWindow(MaxPoolArguments a, int index)
    {
        int from = index + a.Padding - a.Size + 1;
        return from <= 0 ? 0 : (from + a.Stride - 1) / a.Stride;
    }

    /// <summary>The place in a plane of the first of the largest elements of a window, or of the last NaN.</summary>
    private static int PlaceOfMaximum(MaxPoolArguments a, int plane, int row, int column)
    {
        int top = row * a.Stride - a.Padding;
        int left = column * a.Stride - a.Padding;
        int bottom = IntrinsicMath.Min(top + a.Size, a.Height);
        int right = IntrinsicMath.Min(left + a.Size, a.Width);
        int place = -1;
        float largest = 0;
        for (int i = IntrinsicMath.Max(top, 0); i < bottom; i++)
        {
            for (int j = IntrinsicMath.Max(left, 0); j < right; j++)
            {
                float value = a.X[plane + i * a.Width + j];
                if (place < 0 || value > largest || float.IsNaN(value))
                {
                    place = i * a.Width + j;
                    largest = value;
                }
            }
        }

        return place;
    }
}
