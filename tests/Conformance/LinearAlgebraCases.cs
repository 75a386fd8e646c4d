using InfAdmm.Engine;

namespace InfAdmm.Conformance;

/// <summary>
/// Substitution with a well-conditioned factor, and one conjugate-gradient step: tolerance 1e-5, for sums of up to 129
/// terms.
/// </summary>
internal static class LinearAlgebraCases
{
    private const double Tolerance = 1e-5;

    public static IEnumerable<OpCase> All()
    {
        foreach (int size in (int[])[1, 7, 33, 129])
        {
            yield return Triangular(size, systems: 1, transposed: false);
            yield return Triangular(size, systems: 3, transposed: true);
            yield return Triangular(size, systems: 2, transposed: false, inPlace: true);
        }

        foreach (int count in (int[])[1, 7, 33, 20_001])
        {
            yield return ConjugateGradientStep(count);
        }
    }

    internal static OpCase Triangular(int size, int systems, bool transposed, bool inPlace = false) => new()
    {
        Name = $"solve {(transposed ? "Lᵀ" : "L")} of {size}, {systems} systems{(inPlace ? ", in place" : "")}",
        Inputs = [Shape.Matrix(size, size), new Shape(systems, 1, 1, size)],
        Outputs = [new Shape(systems, 1, 1, size)],
        Run = (device, inputs, outputs) =>
        {
            if (inPlace)
            {
                device.Copy(inputs[1], outputs[0]);
            }

            device.SolveTriangular(inputs[0], transposed, inPlace ? outputs[0] : inputs[1], outputs[0]);
        },
        Reference = inputs => [Substitute(inputs[0], size, transposed, inputs[1])],
        Tolerance = Tolerance,
        Fill = (input, values) => MakeFactor(input, values, size),
    };

    /// <summary>Small entries under a diagonal of 2, and NaN above it: the upper part must not be read.</summary>
    private static void MakeFactor(int input, float[] values, int size)
    {
        if (input != 0)
        {
            return;
        }

        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
            {
                float below = values[i * size + j] / size;
                values[i * size + j] = j < i ? below : j == i ? 2 + Math.Abs(below) : 1e30f;
            }
        }
    }

    private static double[] Substitute(double[] factor, int size, bool transposed, double[] b)
    {
        double[] x = [.. b];
        for (int system = 0; system < b.Length; system += size)
        {
            for (int step = 0; step < size; step++)
            {
                int i = transposed ? size - 1 - step : step;
                double sum = x[system + i];
                for (int j = 0; j < size; j++)
                {
                    if (transposed ? j > i : j < i)
                    {
                        sum -= (transposed ? factor[j * size + i] : factor[i * size + j]) * x[system + j];
                    }
                }

                x[system + i] = sum / factor[i * size + i];
            }
        }

        return x;
    }

    /// <summary>Inputs p, Gp, s, r, ‖r‖²; outputs p, s, r, ‖r‖² after the step.</summary>
    internal static OpCase ConjugateGradientStep(int count)
    {
        Shape shape = Shape.Vector(count);
        return new OpCase
        {
            Name = $"conjugate gradient step of {count}",
            Inputs = [shape, shape, shape, shape, Shape.Scalar],
            Outputs = [shape, shape, shape, Shape.Scalar],
            Run = (device, inputs, outputs) =>
            {
                device.Copy(inputs[0], outputs[0]);
                device.Copy(inputs[2], outputs[1]);
                device.Copy(inputs[3], outputs[2]);
                device.Copy(inputs[4], outputs[3]);
                device.ConjugateGradientStep(outputs[0], inputs[1], outputs[1], outputs[2], outputs[3]);
            },
            Reference = inputs => Step(inputs[0], inputs[1], inputs[2], inputs[3], inputs[4][0]),
            Tolerance = Tolerance,
            Fill = (input, values) => MakePositive(input, values, count),
        };
    }

    /// <summary>Makes p and Gp positive, so that pᵀGp is not a small difference.</summary>
    private static void MakePositive(int input, float[] values, int count)
    {
        if (input is 0 or 1)
        {
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = (input + 1) * (0.5f + Math.Abs(values[i]));
            }
        }
        else if (input == 4)
        {
            values[0] = count;
        }
    }

    private static double[][] Step(double[] p, double[] image, double[] s, double[] r, double squaredResidual)
    {
        double alpha = squaredResidual / p.Zip(image, (a, b) => a * b).Sum();
        double[] solution = [.. s.Zip(p, (a, b) => a + alpha * b)];
        double[] residual = [.. r.Zip(image, (a, b) => a - alpha * b)];
        double next = residual.Sum(v => v * v);
        double beta = next / squaredResidual;
        return [[.. residual.Zip(p, (a, b) => a + beta * b)], solution, residual, [next]];
    }
}
