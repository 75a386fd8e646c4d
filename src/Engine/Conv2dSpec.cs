namespace InfAdmm.Engine;

/// <summary>What is applied to each output of a convolution before it is stored.</summary>
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
/// How a convolution visits its input: equal stride on both axes and padding on each side, which need not be
/// symmetric ('SAME' with a 4-wide kernel pads 1 before and 2 after).
/// </summary>
/// <param name="Stride">The step between outputs, at least 1.</param>
/// <param name="Top">Rows added before the first.</param>
/// <param name="Left">Columns added before the first.</param>
/// <param name="Bottom">Rows added after the last.</param>
/// <param name="Right">Columns added after the last.</param>
/// <param name="Boundary">
/// What the added rows and columns hold: <see cref="Boundary.Zero"/> or <see cref="Boundary.Periodic"/>.
/// </param>
public readonly record struct Conv2dSpec(int Stride, int Top, int Left, int Bottom, int Right, Boundary Boundary)
{
    /// <summary>No padding.</summary>
    public static Conv2dSpec Valid(int stride = 1) => new(stride, 0, 0, 0, 0, Boundary.Zero);

    /// <summary>
    /// TensorFlow's 'SAME': the output has ⌈size / stride⌉ pixels a side, with the odd pixel of padding after.
    /// </summary>
    /// <param name="input">Shape whose height and width are convolved.</param>
    /// <param name="kernelHeight">Rows of the kernel.</param>
    /// <param name="kernelWidth">Columns of the kernel.</param>
    /// <param name="stride">The step between outputs.</param>
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
    /// The output of convolving <paramref name="x"/> (N, Cin, H, W) with weights (Cout, Cin, Kh, Kw).
    /// </summary>
    /// <exception cref="ShapeException">The channels differ or the kernel exceeds the padded input.</exception>
    /// <exception cref="ArgumentException">The boundary is neither zero nor periodic.</exception>
    public Shape Output(Shape x, Shape weights)
    {
        if (Boundary is not (Boundary.Zero or Boundary.Periodic))
        {
            throw new ArgumentException($"a convolution pads with {Boundary.Zero} or {Boundary.Periodic}, not {Boundary}");
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
