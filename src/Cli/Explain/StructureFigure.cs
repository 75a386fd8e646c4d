using InfAdmm.Cli.Figures;
using InfAdmm.Engine;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Cli.Explain;

/// <summary>
/// Figure 6 of the paper: the structure of the blur H, the decimation S, A = S H and A Aᵀ as matrices. An image larger
/// than 16×16 is replaced by a small one that contains the kernel and has at least four measurements a side.
/// </summary>
internal static class StructureFigure
{
    private const int LargestSide = 16;
    private const int MorePixels = 7;
    private const int FewestMeasurements = 4;
    private const int MostPixels = 1024;

    /// <summary>Draws the figure.</summary>
    /// <param name="path">The PNG file to write.</param>
    /// <param name="device">The device to run on.</param>
    /// <param name="settings">The operator.</param>
    /// <returns>Null; or why the figure was not drawn.</returns>
    public static string? Write(string path, Device device, LaplaceSettings settings)
    {
        if (settings.Operator.Kind != OperatorKind.Blur)
        {
            return "only the matrices of --operator blur are drawn";
        }

        int kernel = Math.Max(settings.Kernel.Height, settings.Kernel.Width);
        int lost = settings.Boundary == Boundary.Valid ? kernel - 1 : 0;
        int needed = Math.Max(kernel + MorePixels, (FewestMeasurements - 1) * settings.Stride + 1 + lost);
        int side = settings.Size <= LargestSide
            ? settings.Size
            : (needed + settings.Stride - 1) / settings.Stride * settings.Stride;
        if (side * side > MostPixels)
        {
            return $"the matrices of {settings.Kernel.Name} with stride {settings.Stride} are too large to draw";
        }

        var image = new Shape(1, 1, side, side);
        var none = new BlurKernel(1, 1, [1], "none");
        (MatrixPanel h, Shape blurred) = Matrix("H", settings.Kernel, stride: 1, image);
        (MatrixPanel s, _) = Matrix("S", none, settings.Stride, blurred);
        (MatrixPanel a, _) = Matrix("A = S H", settings.Kernel, settings.Stride, image);
        MatrixPanels.Write(
            path,
            [
                h with { Title = $"H, for {side}×{side} pixels" }, s with { Title = $"S, stride {settings.Stride}" }, a,
                new MatrixPanel("A Aᵀ", Gram(), a.Rows),
            ]);
        return null;

        // Column by column: A of each unit image.
        (MatrixPanel Matrix, Shape Measured) Matrix(string title, BlurKernel kernel, int stride, Shape of)
        {
            using var linear = new BlurDownsample(device, kernel, stride, of, settings.Boundary);
            int count = (int)linear.MeasurementShape.Count;
            int pixels = (int)of.Count;
            using Tensor x = device.Allocate(of);
            using Tensor y = device.Allocate(linear.MeasurementShape);
            double[] matrix = new double[count * pixels];
            float[] unit = new float[pixels];
            for (int column = 0; column < pixels; column++)
            {
                unit[column] = 1;
                device.Upload(unit, x);
                unit[column] = 0;
                linear.Apply(x, y);
                float[] values = y.ToArray();
                for (int row = 0; row < count; row++)
                {
                    matrix[row * pixels + column] = values[row];
                }
            }

            return (new MatrixPanel(title, matrix, pixels), linear.MeasurementShape);
        }

        double[] Gram()
        {
            double[] gram = new double[a.Rows * a.Rows];
            for (int i = 0; i < gram.Length; i++)
            {
                for (int k = 0; k < a.Columns; k++)
                {
                    gram[i] += a.Values[i / a.Rows * a.Columns + k] * a.Values[i % a.Rows * a.Columns + k];
                }
            }

            return gram;
        }
    }
}
