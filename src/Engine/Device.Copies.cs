namespace InfAdmm.Engine;

/// <remarks>Copies, rearrangements and generators.</remarks>
public abstract partial class Device
{
    /// <summary>y = x. The shapes may differ if their element counts are equal.</summary>
    public void Copy(Tensor x, Tensor y)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, y);
        CheckSameCount(x, y, nameof(Copy));
        CopyCore(x, y);
    }

    /// <summary>
    /// Copies <paramref name="count"/> channels of every image of x, starting at channel <paramref name="from"/>, to
    /// the channels of y that start at <paramref name="to"/>; the other channels of y are unchanged. Used to join and
    /// split along channels.
    /// </summary>
    public void CopyChannels(Tensor x, int from, int count, Tensor y, int to)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, y);
        CheckShape(y, x.Shape with { C = y.Shape.C }, nameof(CopyChannels), nameof(y));
        CheckDistinct(x, y, nameof(CopyChannels));
        if (count < 1 || from < 0 || to < 0 || count > x.Shape.C - from || count > y.Shape.C - to)
        {
            throw new ShapeException(
                $"{nameof(CopyChannels)}: {count} channels from {from} of {x.Shape} cannot be copied to {to} of "
                + $"{y.Shape}");
        }

        CopyChannelsCore(x, from, count, y, to);
    }

    /// <summary>Sets every element to <paramref name="value"/>.</summary>
    public void Fill(float value, Tensor y)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(y);
        FillCore(value, y);
    }

    /// <summary>
    /// Standard normal noise from the counter-based generator Philox4x32-10 (Salmon et al., SC'11) and the
    /// Box–Muller transform. Element i depends only on (seed, stream, i), not on the device or the thread count.
    /// </summary>
    public void FillNormal(ulong seed, ulong stream, Tensor y)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(y);
        FillNormalCore(seed, stream, y);
    }

    /// <summary>
    /// A part of the noise of <see cref="FillNormal(ulong, ulong, Tensor)"/>: element i is number first + i of the stream.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The part lies outside of the stream's 2³¹ − 1 numbers.</exception>
    public void FillNormal(ulong seed, ulong stream, long first, Tensor y)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(y);
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + y.Count, int.MaxValue, nameof(first));
        if (first == 0)
        {
            FillNormalCore(seed, stream, y);
        }
        else
        {
            FillNormalCore(seed, stream, first, y);
        }
    }

    /// <summary>
    /// Crops or pads each plane: y(i, j) = x(clamp(top + i), clamp(left + j)), so that outside of x its edge is
    /// repeated. x (N, C, H, W), y (N, C, h, w).
    /// </summary>
    public void Window(Tensor x, int top, int left, Tensor y)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, y);
        CheckShape(y, x.Shape with { H = y.Shape.H, W = y.Shape.W }, nameof(Window), nameof(y));
        CheckDistinct(x, y, nameof(Window));
        WindowCore(x, top, left, y);
    }

    /// <summary>
    /// Depth to space: y[n, c, i·f+a, j·f+b] = x[n, (c·f+a)·f+b, i, j] (Shi et al., CVPR 2016; PyTorch's channel
    /// order). x (N, C·f², H, W), y (N, C, H·f, W·f).
    /// </summary>
    public void PixelShuffle(Tensor x, int factor, Tensor y)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, y);
        CheckShuffle(x, factor, y, nameof(PixelShuffle));
        PixelShuffleCore(x, factor, y);
    }

    /// <summary>Space to depth, the inverse and adjoint of <see cref="PixelShuffle"/>.</summary>
    public void PixelUnshuffle(Tensor y, int factor, Tensor x)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(y, x);
        CheckShuffle(x, factor, y, nameof(PixelUnshuffle));
        PixelUnshuffleCore(y, factor, x);
    }

    private static void CheckShuffle(Tensor x, int factor, Tensor y, string op)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        Shape full = y.Shape;
        if (full.H % factor != 0 || full.W % factor != 0)
        {
            throw new ShapeException($"{op}: the factor {factor} does not divide an image of {full}");
        }

        CheckShape(x, new Shape(full.N, full.C * factor * factor, full.H / factor, full.W / factor), op, nameof(x));
        CheckDistinct(x, y, op);
    }
}
