using InfAdmm.Engine;

namespace InfAdmm.Solvers.Operators;

/// <summary>
/// The kernels of a spatially varying blur at a regular grid of anchors, row by row, in host memory. Anchor i of n
/// along an axis of the measurement is at the centre of the i-th of n equal parts. Between two anchors their weights
/// are sin² and cos² (a raised cosine), and beyond the first and the last anchor that anchor has weight 1; so windows
/// are smooth, not negative, local and sum to one (Hirsch et al., CVPR 2010, with this choice of windows).
/// </summary>
public sealed class KernelField
{
    /// <summary>The most anchor rows or columns.</summary>
    public const int MostAnchors = 256;

    /// <summary>Groups kernels.</summary>
    /// <param name="kernels">The kernels, anchor by anchor in row-major order, all of the same size.</param>
    /// <param name="rows">The number of anchor rows, which divides the number of kernels.</param>
    /// <exception cref="InputException">
    /// There is no kernel, the rows do not divide their number, or the sizes differ.
    /// </exception>
    public KernelField(IReadOnlyList<BlurKernel> kernels, int rows)
    {
        if (kernels.Count == 0)
        {
            throw Unusable("a varying blur needs at least one kernel");
        }

        if (rows < 1 || kernels.Count % rows != 0)
        {
            throw Unusable($"{kernels.Count} kernels do not fill a grid of {rows} rows: give a full grid, row by row");
        }

        Rows = rows;
        Columns = kernels.Count / rows;
        if (Rows > MostAnchors || Columns > MostAnchors)
        {
            throw Unusable($"a grid of {Columns}x{Rows} kernels exceeds {MostAnchors}x{MostAnchors}");
        }

        BlurKernel first = kernels[0];
        if (kernels.FirstOrDefault(k => k.Height != first.Height || k.Width != first.Width) is { } other)
        {
            throw Unusable(
                $"the kernel {other.Name} is {other.Width}x{other.Height}, {first.Name} is {first.Width}x" +
                $"{first.Height}: all kernels need the same size");
        }

        Kernels = [.. kernels];
    }

    /// <summary>The kernels, anchor by anchor in row-major order.</summary>
    public IReadOnlyList<BlurKernel> Kernels { get; }

    /// <summary>The number of anchor rows.</summary>
    public int Rows { get; }

    /// <summary>The number of anchor columns.</summary>
    public int Columns { get; }

    /// <summary>The rows of every kernel.</summary>
    public int KernelHeight => Kernels[0].Height;

    /// <summary>The columns of every kernel.</summary>
    public int KernelWidth => Kernels[0].Width;

    /// <summary>
    /// Creates a field of oriented Gaussians with sum 1 that widen across the image, as a lens out of focus on one side
    /// gives: from the top left to the bottom right anchor the long axis grows from a standard deviation of size/12
    /// pixels to size/4.5, the short axis is 0.6 times the long one, and the long axis turns by half a circle from the
    /// bottom left to the top right.
    /// </summary>
    /// <param name="rows">The number of anchor rows.</param>
    /// <param name="columns">The number of anchor columns.</param>
    /// <param name="size">The rows and columns of each kernel.</param>
    /// <exception cref="InputException">A number is out of range.</exception>
    public static KernelField Field(int rows, int columns, int size)
    {
        if (rows is < 1 or > MostAnchors || columns is < 1 or > MostAnchors
            || size is < 1 or > BlurKernel.LargestSide)
        {
            throw Unusable(
                $"a field of {columns}x{rows} kernels of size {size}: choose 1 to {MostAnchors} rows and columns and " +
                $"a size from 1 to {BlurKernel.LargestSide}");
        }

        var kernels = new List<BlurKernel>();
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                (double down, double right) = (Part(i, rows), Part(j, columns));
                double width = size / 12.0 + (size / 4.5 - size / 12.0) * (down + right) / 2;
                kernels.Add(Oriented(size, width, 0.6 * width, Math.PI / 2 * (right - down), $"field:{i}:{j}"));
            }
        }

        return new KernelField(kernels, rows);
    }

    /// <summary>Returns why the field does not fit a measurement, with the fix; null if it fits.</summary>
    public string? WhyNot(Shape measurement) => Rows > measurement.H || Columns > measurement.W
        ? $"a grid of {Columns}x{Rows} kernels is finer than a measurement of {measurement.W}x{measurement.H}: " +
            "use fewer kernels"
        : null;

    /// <summary>
    /// The weights of every anchor along an axis of the measurement, anchors × length; at each position they sum to
    /// one. The window of anchor (i, j) is the product of the weights i of the rows and j of the columns.
    /// </summary>
    /// <param name="anchors">The number of anchors along the axis.</param>
    /// <param name="length">The number of measured rows or columns.</param>
    public static float[] Weights(int anchors, int length)
    {
        float[] weights = new float[anchors * length];
        for (int position = 0; position < length; position++)
        {
            double place = Math.Clamp((position + 0.5) * anchors / length - 0.5, 0, anchors - 1);
            int left = Math.Min((int)place, Math.Max(anchors - 2, 0));
            float right = (float)((1 - Math.Cos(Math.PI * (place - left))) / 2);
            weights[left * length + position] = 1 - right;
            if (right > 0)
            {
                weights[(left + 1) * length + position] = right;
            }
        }

        return weights;
    }

    /// <summary>The windows of all anchors on a measurement, anchors × height × width in row-major order.</summary>
    public float[] Windows(Shape measurement)
    {
        float[] rows = Weights(Rows, measurement.H);
        float[] columns = Weights(Columns, measurement.W);
        float[] windows = new float[Kernels.Count * measurement.PlaneSize];
        for (int i = 0; i < windows.Length; i++)
        {
            int anchor = i / measurement.PlaneSize;
            int row = i % measurement.PlaneSize / measurement.W;
            windows[i] = rows[anchor / Columns * measurement.H + row]
                * columns[anchor % Columns * measurement.W + i % measurement.W];
        }

        return windows;
    }

    /// <summary>A Gaussian with standard deviations along and across an axis at an angle from +x towards +y.</summary>
    private static BlurKernel Oriented(int size, double along, double across, double angle, string name)
    {
        double[] values = new double[size * size];
        double centre = (size - 1) / 2.0;
        (double sine, double cosine) = Math.SinCos(angle);
        for (int i = 0; i < values.Length; i++)
        {
            double y = i / size - centre;
            double x = i % size - centre;
            double u = (cosine * x + sine * y) / along;
            double v = (cosine * y - sine * x) / across;
            values[i] = Math.Exp(-(u * u + v * v) / 2);
        }

        double sum = values.Sum();
        return new BlurKernel(size, size, values.Select(value => value / sum), name);
    }

    /// <summary>The position of anchor i of n, from 0 to 1; ½ for a single one.</summary>
    private static double Part(int i, int n) => n == 1 ? 0.5 : i / (n - 1.0);

    private static InputException Unusable(string message) => new(message) { Parameter = "kernels" };
}
