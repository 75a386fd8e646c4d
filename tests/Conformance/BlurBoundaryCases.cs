using InfAdmm.Engine;

namespace InfAdmm.Conformance;

/// <summary>
/// Blurs with other boundaries than the periodic one, and their adjoints, compared with sums from the definition:
/// tolerance 3e-6, as for the periodic ones. For every boundary, ⟨A x, y⟩ = ⟨x, Aᵀ y⟩ for positive values to 3e-6.
/// </summary>
internal static class BlurBoundaryCases
{
    private const double Tolerance = 3e-6;

    private static readonly (Shape Image, int Height, int Width, int Stride)[] Problems =
    [
        (new(1, 1, 1, 1), 1, 1, 1),
        (new(1, 1, 7, 33), 3, 7, 1),
        (new(2, 3, 33, 7), 4, 4, 1),
        (new(1, 1, 13, 13), 13, 13, 1),
        (new(1, 1, 7, 8), 2, 8, 1),
        (new(1, 3, 36, 66), 5, 5, 2),
        (new(1, 1, 14, 2), 1, 2, 2),
        (new(3, 1, 27, 99), 4, 4, 3),
        (new(1, 1, 64, 132), 9, 9, 4),
        (new(2, 1, 12, 8), 9, 5, 4),
        (new(1, 1, 4, 28), 3, 3, 4),
        (new(1, 2, 70, 150), 13, 13, 1),
    ];

    /// <summary>With the valid boundary, the stride need not divide the image size.</summary>
    private static readonly (Shape Image, int Height, int Width, int Stride)[] ValidProblems =
        [(new(1, 1, 33, 7), 4, 3, 2), (new(1, 7, 35, 41), 5, 4, 3), (new(1, 1, 33, 70), 1, 1, 4)];

    public static IEnumerable<OpCase> All()
    {
        foreach (Boundary boundary in Enum.GetValues<Boundary>())
        {
            foreach ((Shape image, int height, int width, int stride) in
                boundary == Boundary.Valid ? [.. Problems, .. ValidProblems] : Problems)
            {
                var problem = new BlurProblem(image, Shape.Matrix(height, width), stride, boundary);
                yield return AdjointIdentity(problem);
                foreach (int rank in boundary == Boundary.Periodic ? (int[])[] : [0, 1])
                {
                    foreach (OpCase item in Of(problem, rank))
                    {
                        yield return item;
                    }
                }
            }
        }
    }

    private static IEnumerable<OpCase> Of(BlurProblem problem, int rank)
    {
        (Shape image, Shape kernel, int stride, Boundary boundary) = problem;
        Shape measurement = problem.Measurement;
        Action<int, float[]> fill = (input, values) => BlurCases.LimitRank(input, values, kernel.W, rank);
        string tag = $"{problem}{(rank == 0 ? "" : $" rank {rank}")}";
        yield return new OpCase
        {
            Name = $"blur {tag}",
            Inputs = [image, kernel],
            Outputs = [measurement],
            Run = (device, inputs, outputs) =>
                device.Blur(inputs[0], inputs[1], stride, boundary, 1, null, outputs[0]),
            Reference = inputs => [Blur(problem, inputs[0], inputs[1], 1, null)],
            Tolerance = Tolerance,
            Fill = fill,
        };
        yield return new OpCase
        {
            Name = $"blur {tag} with addend in place",
            Inputs = [image, kernel, measurement],
            Outputs = [measurement],
            Run = (device, inputs, outputs) =>
            {
                device.Copy(inputs[2], outputs[0]);
                device.Blur(inputs[0], inputs[1], stride, boundary, -0.5f, outputs[0], outputs[0]);
            },
            Reference = inputs => [Blur(problem, inputs[0], inputs[1], -0.5, inputs[2])],
            Tolerance = Tolerance,
            Fill = fill,
        };
        yield return new OpCase
        {
            Name = $"blur adjoint {tag}",
            Inputs = [measurement, kernel],
            Outputs = [image],
            Run = (device, inputs, outputs) =>
                device.BlurAdjoint(inputs[0], inputs[1], stride, boundary, 1, null, outputs[0]),
            Reference = inputs => [BlurAdjoint(problem, inputs[0], inputs[1], 1, null)],
            Tolerance = Tolerance,
            Fill = fill,
        };
        yield return new OpCase
        {
            Name = $"blur adjoint {tag} with addend in place",
            Inputs = [measurement, kernel, image],
            Outputs = [image],
            Run = (device, inputs, outputs) =>
            {
                device.Copy(inputs[2], outputs[0]);
                device.BlurAdjoint(inputs[0], inputs[1], stride, boundary, 2, outputs[0], outputs[0]);
            },
            Reference = inputs => [BlurAdjoint(problem, inputs[0], inputs[1], 2, inputs[2])],
            Tolerance = Tolerance,
            Fill = fill,
        };
    }

    /// <summary>⟨A x, y⟩ and ⟨x, Aᵀ y⟩, both compared with the former in double precision.</summary>
    private static OpCase AdjointIdentity(BlurProblem problem) => new()
    {
        Name = $"blur {problem} is adjoint to its adjoint",
        Inputs = [problem.Image, problem.Kernel, problem.Measurement],
        Outputs = [Shape.Scalar, Shape.Scalar],
        IsRecordable = false,
        Run = (device, inputs, outputs) =>
        {
            using Tensor measured = device.Allocate(problem.Measurement);
            using Tensor image = device.Allocate(problem.Image);
            device.Blur(inputs[0], inputs[1], problem.Stride, problem.Boundary, 1, null, measured);
            device.BlurAdjoint(inputs[2], inputs[1], problem.Stride, problem.Boundary, 1, null, image);
            device.Dot(measured, inputs[2], outputs[0]);
            device.Dot(inputs[0], image, outputs[1]);
        },
        Reference = inputs =>
        {
            double[] measured = Blur(problem, inputs[0], inputs[1], 1, null);
            double product = measured.Zip(inputs[2], (a, b) => a * b).Sum();
            return [[product], [product]];
        },
        Tolerance = Tolerance,
        Fill = (_, values) => MakePositive(values),
    };

    private static void MakePositive(float[] values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Math.Abs(values[i]) + 0.1f;
        }
    }

    private static double[] Blur(BlurProblem problem, double[] x, double[] kernel, double scale, double[]? addend)
    {
        double[] y = new double[problem.Measurement.Count];
        problem.ForEachTerm((pixel, tap, measured) => y[measured] += kernel[tap] * x[pixel]);
        return BlurCases.Finish(y, scale, addend);
    }

    private static double[] BlurAdjoint(
        BlurProblem problem, double[] y, double[] kernel, double scale, double[]? addend)
    {
        double[] x = new double[problem.Image.Count];
        problem.ForEachTerm((pixel, tap, measured) => x[pixel] += kernel[tap] * y[measured]);
        return BlurCases.Finish(x, scale, addend);
    }
}
