namespace InfAdmm.Engine;

/// <summary>The function that is applied to each output of a layer before it is stored.</summary>
public enum Activation
{
    /// <summary>The identity.</summary>
    None,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>1 / (1 + exp(−x)).</summary>
    Sigmoid,
}

/// <summary>
/// Stride, padding and boundary of a convolution. The stride is the same on both axes; the padding need not be
/// symmetric ('SAME' with a kernel of width 4 pads 1 column on the left and 2 on the right).
/// </summary>
/// <param name="Stride">Input pixels between neighbouring outputs, at least 1.</param>
/// <param name="Top">Rows of padding above the image.</param>
/// <param name="Left">Columns of padding to the left of the image.</param>
/// <param name="Bottom">Rows of padding below the image.</param>
/// <param name="Right">Columns of padding to the right of the image.</param>
/// <param name="Boundary">
/// What the padding holds: <see cref="Boundary.Zero"/> or <see cref="Boundary.Periodic"/>.
/// </param>
public readonly record struct Conv2dSpec(int Stride, int Top, int Left, int Bottom, int Right, Boundary Boundary)
{
    /// <summary>No padding.</summary>
    public static Conv2dSpec Valid(int stride = 1) => new(stride, 0, 0, 0, 0, Boundary.Zero);

    /// <summary>
    /// TensorFlow's 'SAME' padding: the output has ⌈height / stride⌉ × ⌈width / stride⌉ pixels; an odd pixel of padding
    /// goes to the bottom and the right.
    /// </summary>
    /// <param name="input">Shape whose height and width are convolved.</param>
    /// <param name="kernelHeight">Rows of the kernel.</param>
    /// <param name="kernelWidth">Columns of the kernel.</param>
    /// <param name="stride">Input pixels between neighbouring outputs.</param>
    /// <param name="boundary">What the padding holds.</param>
    public static Conv2dSpec Same(
        Shape input, int kernelHeight, int kernelWidth, int stride = 1, Boundary boundary = Boundary.Zero)
    {
        int vertical = TotalSamePadding(input.H, kernelHeight, stride);
        int horizontal = TotalSamePadding(input.W, kernelWidth, stride);
        int top = vertical / 2;
        int left = horizontal / 2;
        return new Conv2dSpec(stride, top, left, vertical - top, horizontal - left, boundary);
    }

    /// <summary>
    /// The shape of the convolution of <paramref name="x"/> (N, Cin, H, W) with weights (Cout, Cin, Kh, Kw).
    /// </summary>
    /// <exception cref="ShapeException">The channels differ or the kernel is larger than the padded input.</exception>
    /// <exception cref="ArgumentException">The boundary is neither zero nor periodic.</exception>
    public Shape Output(Shape x, Shape weights)
    {
        if (Boundary is not (Boundary.Zero or Boundary.Periodic))
        {
            throw new ArgumentException(
                $"the boundary of a convolution must be {Boundary.Zero} or {Boundary.Periodic}, got {Boundary}");
        }

        int height = x.H + Top + Bottom - weights.H;
        int width = x.W + Left + Right - weights.W;
        if (x.C != weights.C || height < 0 || width < 0 || Stride < 1)
        {
            throw new ShapeException($"an input of {x} cannot be convolved with weights of {weights} under {this}");
        }

        return new Shape(x.N, weights.N, height / Stride + 1, width / Stride + 1);
    }

    private static int TotalSamePadding(int size, int kernel, int stride)
    {
        int outputs = (size + stride - 1) / stride;
        return Math.Max((outputs - 1) * stride + kernel - size, 0);
    }
}
