namespace InfAdmm.Engine;

/// <summary>
/// The shape of a tensor in NCHW order: batch, channels, height, width. Elements are contiguous, with W varying
/// fastest. Tensors of lower rank have leading dimensions of 1.
/// </summary>
/// <param name="N">Batch size, at least 1.</param>
/// <param name="C">Channels, at least 1.</param>
/// <param name="H">Height in pixels, at least 1.</param>
/// <param name="W">Width in pixels, at least 1.</param>
public readonly record struct Shape(int N, int C, int H, int W)
{
    /// <summary>A vector of <paramref name="length"/> elements: (1, 1, 1, length).</summary>
    public static Shape Vector(int length) => new(1, 1, 1, length);

    /// <summary>One element: the shape of a reduction's result.</summary>
    public static Shape Scalar => new(1, 1, 1, 1);

    /// <summary>A matrix: (1, 1, rows, columns).</summary>
    public static Shape Matrix(int rows, int columns) => new(1, 1, rows, columns);

    /// <summary>The number of elements.</summary>
    /// <exception cref="OverflowException">It exceeds 64 bits.</exception>
    public long Count => checked((long)N * C * H * W);

    /// <summary>
    /// The number of planes, N·C. Operators that treat every channel alike see a batch of that many planes.
    /// </summary>
    public int Planes => checked(N * C);

    /// <summary>The number of pixels in one plane, H·W.</summary>
    public int PlaneSize => checked(H * W);

    /// <summary>
    /// The shape of the half spectrum of a real 2-D transform: (N, C, H, 2·(⌊W/2⌋ + 1)), interleaved real and imaginary
    /// parts of columns 0 … ⌊W/2⌋. The other columns follow from Hermitian symmetry.
    /// </summary>
    public Shape Spectrum => this with { W = checked(2 * (W / 2 + 1)) };

    /// <summary>The shape after decimation, which keeps pixels [0::stride, 0::stride].</summary>
    /// <exception cref="ShapeException">The stride does not divide height and width.</exception>
    public Shape Downsampled(int stride)
    {
        if (stride < 1 || H % stride != 0 || W % stride != 0)
        {
            throw new ShapeException($"an image of {H}x{W} cannot be decimated by {stride}: " +
                "the stride must be at least 1 and divide height and width");
        }

        return this with { H = H / stride, W = W / stride };
    }

    /// <summary>The shape of the image that decimation by <paramref name="stride"/> reduces to this shape.</summary>
    public Shape Upsampled(int stride) => this with { H = checked(H * stride), W = checked(W * stride) };

    /// <summary>All channels as a batch of one-channel images: (N·C, 1, H, W).</summary>
    public Shape ChannelsAsBatch => new(Planes, 1, H, W);

    /// <summary>Throws unless every dimension is at least 1 and the number of elements fits an int.</summary>
    /// <exception cref="ShapeException">A dimension is below 1 or the tensor is too large.</exception>
    public Shape Validated()
    {
        if (N < 1 || C < 1 || H < 1 || W < 1)
        {
            throw new ShapeException($"all dimensions of a shape must be at least 1, got {this}");
        }

        Int128 count = (Int128)N * C * H * W;
        if (count > int.MaxValue)
        {
            throw new ShapeException($"a tensor of {this} has {count} elements; at most {int.MaxValue} are supported");
        }

        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => $"({N}, {C}, {H}, {W})";
}
