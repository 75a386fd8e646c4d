using ILGPU;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Ilgpu;

/// <remarks>
/// Blur and decimation, and the exact adjoint, for each boundary. One thread per result gathers the sum over the taps
/// that reach it; adjacent threads share cache lines. Bound by memory and by the number of taps.
/// </remarks>
public sealed partial class IlgpuDevice
{
    /// <inheritdoc/>
    protected override void BlurCore(
        Tensor x, Tensor kernel, int stride, Boundary boundary, float scale, Tensor? addend, Tensor y) =>
        Launch(BlurKernels.Forward, Elements(y.Count), new BlurArguments(
            View(x), View(kernel), ViewOr(addend, y), View(y), x.Shape.H, x.Shape.W, y.Shape.H, y.Shape.W,
            kernel.Shape.H, kernel.Shape.W, stride, (int)boundary, addend is null ? 0 : 1, scale));

    /// <inheritdoc/>
    protected override void BlurAdjointCore(
        Tensor y, Tensor kernel, int stride, Boundary boundary, float scale, Tensor? addend, Tensor x) =>
        Launch(BlurKernels.Adjoint, Elements(x.Count), new BlurArguments(
            View(y), View(kernel), ViewOr(addend, x), View(x), x.Shape.H, x.Shape.W, y.Shape.H, y.Shape.W,
            kernel.Shape.H, kernel.Shape.W, stride, (int)boundary, addend is null ? 0 : 1, scale));
}

/// <summary>The heights and widths are those of the image and of the measurement, whichever is the source.</summary>
internal readonly record struct BlurArguments(
    ArrayView<float> Source, ArrayView<float> Kernel, ArrayView<float> Addend, ArrayView<float> Result, int Height,
    int Width, int LowHeight, int LowWidth, int KernelHeight, int KernelWidth, int Stride, int Boundary, int HasAddend,
    float Scale);

internal static class BlurKernels
{
    public static void Forward(BlurArguments a)
    {
        int originRow = Origin(a.KernelHeight, a.Boundary);
        int originColumn = Origin(a.KernelWidth, a.Boundary);
        for (int index = Grid.GlobalIndex.X; index < a.Result.IntLength; index += Grid.DimX * Group.DimX)
        {
            int column = index % a.LowWidth * a.Stride + originColumn;
            int row = index / a.LowWidth % a.LowHeight * a.Stride + originRow;
            int plane = index / a.LowWidth / a.LowHeight * a.Height;
            float sum = 0;
            for (int k = 0; k < a.KernelHeight; k++)
            {
                int y = Inside(row - k, a.Height, a.Boundary);
                for (int l = 0; l < a.KernelWidth && y >= 0; l++)
                {
                    int x = Inside(column - l, a.Width, a.Boundary);
                    sum += x < 0 ? 0 : a.Kernel[k * a.KernelWidth + l] * a.Source[(plane + y) * a.Width + x];
                }
            }

            Store(a, index, sum);
        }
    }

    /// <summary>
    /// The forward blur read pixel (i, j) as row r of the image extended beyond its edges: r is its row inside or that
    /// of one of its mirror images outside, and each r has its own pairs of tap and row of y.
    /// </summary>
    public static void Adjoint(BlurArguments a)
    {
        for (int index = Grid.GlobalIndex.X; index < a.Result.IntLength; index += Grid.DimX * Group.DimX)
        {
            int j = index % a.Width;
            int i = index / a.Width % a.Height;
            int plane = index / a.Width / a.Height * a.LowHeight;
            float sum = 0;
            for (int image = 0; image < 3; image++)
            {
                if (Exists(i, a.Height, image, a.Boundary))
                {
                    sum += Rows(a, Image(i, a.Height, image, a.Boundary), j, plane);
                }
            }

            Store(a, index, sum);
        }
    }

    private static float Rows(BlurArguments a, int continuedRow, int j, int plane)
    {
        int origin = Origin(a.KernelHeight, a.Boundary);
        float sum = 0;
        for (int k = 0; k < a.KernelHeight; k++)
        {
            int place = continuedRow + k - origin;
            int row = place / a.Stride;
            if (place >= 0 && place % a.Stride == 0 && row < a.LowHeight)
            {
                for (int image = 0; image < 3; image++)
                {
                    if (Exists(j, a.Width, image, a.Boundary))
                    {
                        sum += Columns(a, k, (plane + row) * a.LowWidth, Image(j, a.Width, image, a.Boundary));
                    }
                }
            }
        }

        return sum;
    }

    private static float Columns(BlurArguments a, int k, int start, int continuedColumn)
    {
        int origin = Origin(a.KernelWidth, a.Boundary);
        float sum = 0;
        for (int l = 0; l < a.KernelWidth; l++)
        {
            int place = continuedColumn + l - origin;
            int column = place / a.Stride;
            if (place >= 0 && place % a.Stride == 0 && column < a.LowWidth)
            {
                sum += a.Kernel[k * a.KernelWidth + l] * a.Source[start + column];
            }
        }

        return sum;
    }

    /// <summary>The position in the image of tap 0 of the first result.</summary>
    private static int Origin(int size, int boundary) =>
        boundary == (int)Boundary.Valid ? size - 1 : (size - 1) / 2;

    /// <summary>The pixel index for an index of the extended image; −1 where the extension is zero.</summary>
    private static int Inside(int index, int size, int boundary)
    {
        if (index >= 0 && index < size)
        {
            return index;
        }

        if (boundary == (int)Boundary.Periodic)
        {
            return IndexArithmetic.Modulo(index, size);
        }

        return boundary != (int)Boundary.Reflect ? -1 : index < 0 ? -index : 2 * (size - 1) - index;
    }

    /// <summary>Image 0 is the index itself; 1 lies before the start, 2 after the end.</summary>
    private static int Image(int index, int size, int image, int boundary)
    {
        if (image == 0)
        {
            return index;
        }

        if (boundary == (int)Boundary.Periodic)
        {
            return image == 1 ? index - size : index + size;
        }

        return image == 1 ? -index : 2 * (size - 1) - index;
    }

    /// <summary>A reflection does not repeat the edge pixel, and an axis of size one has no mirror images.</summary>
    private static bool Exists(int index, int size, int image, int boundary)
    {
        if (image == 0 || boundary == (int)Boundary.Periodic)
        {
            return true;
        }

        return boundary == (int)Boundary.Reflect && (image == 1 ? index > 0 : index < size - 1);
    }

    private static void Store(BlurArguments a, int index, float sum)
    {
        float added = a.HasAddend != 0 ? a.Addend[index] : 0;
        ArrayView<float> result = a.Result;
        result[index] = a.Scale * sum + added;
    }
}
