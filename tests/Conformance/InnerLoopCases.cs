using InfAdmm.Engine;

namespace InfAdmm.Conformance;

/// <summary>
/// Inner loops compared with dense solves. They stop at a relative residual of 1e-6, and the systems have condition
/// numbers up to about 20: tolerance 5e-5. The second output is 1 if the reported iteration count is plausible: above
/// zero, smaller when started at the solution, at most the limit, and zero for a zero right-hand side.
/// </summary>
internal static class InnerLoopCases
{
    private const double Tolerance = 5e-5;
    private const float Rho = 0.1f;
    private static readonly InnerLoopSpec Spec = new(1e-6f, 2000);

    public static IEnumerable<OpCase> All()
    {
        foreach ((Shape grid, int height, int width) in ((Shape, int, int)[])
            [(new(1, 1, 1, 1), 1, 1), (new(1, 1, 7, 33), 3, 5), (new(2, 3, 12, 7), 5, 3), (new(1, 1, 4, 33), 4, 7)])
        {
            yield return Gram(grid, Shape.Matrix(height, width));
        }

        foreach ((Shape image, int height, int width, int stride) in ((Shape, int, int, int)[])
            [(new(1, 1, 1, 1), 1, 1, 1), (new(1, 1, 7, 33), 3, 4, 1), (new(1, 3, 12, 8), 5, 3, 2),
                (new(2, 1, 9, 21), 4, 7, 3), (new(1, 1, 8, 32), 5, 5, 4)])
        {
            yield return Image(image, Shape.Matrix(height, width), stride, descend: false);
            yield return Image(image, Shape.Matrix(height, width), stride, descend: true);
        }
    }

    /// <summary>Inputs: e, the kernel, the initial w.</summary>
    private static OpCase Gram(Shape grid, Shape kernel) => new()
    {
        Name = $"solve gram {grid} {kernel.H}x{kernel.W}",
        Inputs = [grid, kernel, grid],
        Outputs = [grid, Shape.Scalar],
        IsRecordable = false,
        Run = (device, inputs, outputs) =>
        {
            using var workspace = new InnerLoopWorkspace(device, grid);
            Check(device, inputs[0], inputs[2], outputs, workspace, isDescent: false, (e, spec, w) =>
                device.SolveGram(e, inputs[1], spec, workspace, w));
        },
        Reference = inputs =>
        {
            double[,] matrix = Operator(grid with { N = 1, C = 1 }, inputs[1], kernel, stride: 1);
            return [SolvePlanes(matrix, inputs[0]), [1]];
        },
        Tolerance = Tolerance,
        Fill = (input, values) =>
        {
            if (input == 1)
            {
                MakePositiveDefinite(values, kernel);
            }
        },
    };

    /// <summary>Inputs: e, the kernel, the initial d, and ρ with the step size of a descent.</summary>
    private static OpCase Image(Shape image, Shape kernel, int stride, bool descend)
    {
        Shape measurement = image.Downsampled(stride);
        return new OpCase
        {
            Name = $"{(descend ? "descend" : "solve")} normal {image} {kernel.H}x{kernel.W} stride {stride}",
            Inputs = [measurement, kernel, image, descend ? Shape.Vector(2) : Shape.Scalar],
            Outputs = [image, Shape.Scalar],
            IsRecordable = false,
            Run = (device, inputs, outputs) =>
            {
                using var workspace = new InnerLoopWorkspace(device, image, measurement);
                Check(device, inputs[0], inputs[2], outputs, workspace, descend, (e, spec, d) =>
                {
                    if (descend)
                    {
                        device.DescendNormal(e, inputs[1], stride, inputs[3], 100, spec, workspace, d);
                    }
                    else
                    {
                        device.SolveNormal(e, inputs[1], stride, inputs[3], spec, workspace, d);
                    }
                });
            },
            Reference = inputs =>
            {
                double[,] a = Operator(image with { N = 1, C = 1 }, inputs[1], kernel, stride);
                return [SolveNormal(a, inputs[0], inputs[3][0], descend), [1]];
            },
            Tolerance = Tolerance,
            Fill = (input, values) => FillNormalSystem(input, values),
        };
    }

    /// <summary>Solves, and checks the loop's report.</summary>
    private static void Check(
        Device device, Tensor e, Tensor first, Tensor[] outputs, InnerLoopWorkspace workspace, bool isDescent,
        Action<Tensor, InnerLoopSpec, Tensor> solve)
    {
        // A descent computes the gradient at its last iterate only by taking one more step.
        int fewest = isDescent ? 1 : 0;
        using Tensor zero = device.AllocateZeros(e.Shape);
        using Tensor other = device.AllocateZeros(first.Shape);
        solve(zero, Spec, other);
        bool isAsReported = Iterations() == fewest && !other.ToArray().Any(value => value != 0);
        device.Copy(first, other);
        solve(e, Spec with { MaxIterations = 1 }, other);
        isAsReported &= Iterations() == 1;

        device.Copy(first, outputs[0]);
        solve(e, Spec, outputs[0]);
        int cold = Iterations();
        isAsReported &= cold > fewest && cold < Spec.MaxIterations && workspace.SquaredResidual.ToScalar() >= 0;
        device.Copy(outputs[0], other);
        solve(e, Spec, other);
        isAsReported &= Iterations() <= Math.Min(cold - 1, 3);
        device.Fill(isAsReported ? 1 : 0, outputs[1]);

        int Iterations() => (int)workspace.Iterations.ToScalar();
    }

    /// <summary>A kernel that is symmetric under rotation by 180° and dominated by its centre.</summary>
    private static void MakePositiveDefinite(float[] values, Shape kernel)
    {
        float[] drawn = [.. values];
        int originRow = (kernel.H - 1) / 2;
        int originColumn = (kernel.W - 1) / 2;
        for (int i = 0; i < values.Length; i++)
        {
            int row = (2 * originRow - i / kernel.W + kernel.H) % kernel.H;
            int column = (2 * originColumn - i % kernel.W + kernel.W) % kernel.W;
            values[i] = (drawn[i] + drawn[row * kernel.W + column]) / 2;
        }

        int centre = originRow * kernel.W + originColumn;
        values[centre] = 0;
        values[centre] = 1 + 1.2f * values.Sum(Math.Abs);
    }

    /// <summary>
    /// A kernel with sum 1, so that no eigenvalue of A Aᵀ exceeds 1; and ρ with the best step size for it.
    /// </summary>
    private static void FillNormalSystem(int input, float[] values)
    {
        if (input == 1)
        {
            float sum = values.Sum(value => Math.Abs(value) + 0.1f);
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = (Math.Abs(values[i]) + 0.1f) / sum;
            }
        }
        else if (input == 3)
        {
            values[0] = Rho;
            values.AsSpan(1).Fill(2 / (2 * Rho + 1));
        }
    }

    /// <summary>The matrix of S H on one plane, from the definition.</summary>
    private static double[,] Operator(Shape plane, double[] kernel, Shape kernelShape, int stride)
    {
        Shape measurement = plane.Downsampled(stride);
        double[,] matrix = new double[measurement.PlaneSize, plane.PlaneSize];
        for (int measured = 0; measured < measurement.PlaneSize; measured++)
        {
            for (int tap = 0; tap < kernel.Length; tap++)
            {
                int row = measured / measurement.W * stride + (kernelShape.H - 1) / 2 - tap / kernelShape.W;
                int column = measured % measurement.W * stride + (kernelShape.W - 1) / 2 - tap % kernelShape.W;
                int pixel = (row + plane.H) % plane.H * plane.W + (column + plane.W) % plane.W;
                matrix[measured, pixel] += kernel[tap];
            }
        }

        return matrix;
    }

    /// <summary>(AᵀA + ρI) d = Aᵀe, times ρ for the form (I + AᵀA/ρ) d = Aᵀe.</summary>
    private static double[] SolveNormal(double[,] a, double[] e, double rho, bool descend)
    {
        int rows = a.GetLength(0);
        int size = a.GetLength(1);
        double[,] matrix = new double[size, size];
        double[] right = new double[e.Length / rows * size];
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
            {
                matrix[i, j] = i == j ? rho : 0;
                for (int k = 0; k < rows; k++)
                {
                    matrix[i, j] += a[k, i] * a[k, j];
                }
            }

            for (int k = 0; k < e.Length; k++)
            {
                right[k / rows * size + i] += a[k % rows, i] * e[k];
            }
        }

        double scale = descend ? 1 : rho;
        return [.. SolvePlanes(matrix, right).Select(value => scale * value)];
    }

    /// <summary>Gaussian elimination with the same matrix for each plane; the systems are positive definite.</summary>
    private static double[] SolvePlanes(double[,] matrix, double[] right)
    {
        int size = matrix.GetLength(0);
        double[] x = [.. right];
        for (int pivot = 0; pivot < size; pivot++)
        {
            for (int row = pivot + 1; row < size; row++)
            {
                double factor = matrix[row, pivot] / matrix[pivot, pivot];
                for (int column = pivot; column < size; column++)
                {
                    matrix[row, column] -= factor * matrix[pivot, column];
                }

                for (int plane = 0; plane < x.Length; plane += size)
                {
                    x[plane + row] -= factor * x[plane + pivot];
                }
            }
        }

        for (int plane = 0; plane < x.Length; plane += size)
        {
            for (int row = size - 1; row >= 0; row--)
            {
                for (int column = row + 1; column < size; column++)
                {
                    x[plane + row] -= matrix[row, column] * x[plane + column];
                }

                x[plane + row] /= matrix[row, row];
            }
        }

        return x;
    }
}
