namespace InfAdmm.Engine;

/// <summary>
/// The extent of a tensor in NCHW order: batch, channels, height, width, contiguous with W fastest.
/// Tensors of lower rank have leading ones.
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

    /// <summary>The count of elements.</summary>
    public long Count => (long)N * C * H * W;

    /// <summary>
    /// The count of images, N·C: operators that act on each channel alike see a batch of so many planes.
    /// </summary>
    public int Planes => N * C;

    /// <summary>The count of pixels in one plane, H·W.</summary>
    public int PlaneSize => H * W;

    /// <summary>
    /// The shape of the real-input 2-D spectrum: (N, C, H, 2·(⌊W/2⌋ + 1)), interleaved real and imaginary parts of
    /// the columns 0 … ⌊W/2⌋. The others follow from Hermitian symmetry.
    /// </summary>
    public Shape Spectrum => this with { W = 2 * (W / 2 + 1) };

    /// <summary>The shape after keeping pixels [0::stride, 0::stride].</summary>
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

    /// <summary>The shape of an image that has this shape after decimation by <paramref name="stride"/>.</summary>
    public Shape Upsampled(int stride) => this with { H = H * stride, W = W * stride };

    /// <summary>All channels as a batch of one-channel images: (N·C, 1, H, W).</summary>
    public Shape ChannelsAsBatch => new(N * C, 1, H, W);

    /// <summary>Throws unless every extent is at least 1 and the count fits an array index.</summary>
    /// <exception cref="ShapeException">An extent is below 1 or the tensor is too large.</exception>
    public Shape Validated()
    {
        if (N < 1 || C < 1 || H < 1 || W < 1)
        {
            throw new ShapeException($"a shape needs extents of at least 1, got {this}");
        }

        if (Count > int.MaxValue)
        {
            throw new ShapeException($"a tensor of {this} has {Count} elements; at most {int.MaxValue} are supported");
        }

        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => $"({N}, {C}, {H}, {W})";
}
