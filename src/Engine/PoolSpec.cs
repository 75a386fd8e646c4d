namespace InfAdmm.Engine;

/// <summary>The windows of a pooling layer: squares, with the same stride and padding on both axes.</summary>
/// <param name="Size">Rows and columns of a window.</param>
/// <param name="Stride">Input pixels between neighbouring windows, at least 1.</param>
/// <param name="Padding">
/// Rows and columns that windows may extend beyond the image, at most half of their size; nothing there is ever the maximum.
/// </param>
public readonly record struct PoolSpec(int Size, int Stride, int Padding = 0)
{
    /// <summary>The shape of the result for an input (N, C, H, W): only whole windows, as in PyTorch.</summary>
    /// <exception cref="ShapeException">The padded image has no whole window, or the numbers make no sense.</exception>
    public Shape Output(Shape x)
    {
        int height = x.H + 2 * Padding - Size;
        int width = x.W + 2 * Padding - Size;
        if (Size < 1 || Stride < 1 || Padding < 0 || 2 * Padding > Size || height < 0 || width < 0)
        {
            throw new ShapeException($"an input of {x} cannot be pooled under {this}");
        }

        return x with { H = height / Stride + 1, W = width / Stride + 1 };
    }
}
