using InfAdmm.Engine;

namespace InfAdmm.Conformance;

/// <summary>
/// Blurs that vary across the image, and their adjoints, for every boundary, compared with sums from the definition: up
/// to kh·kw products of normal values for each of the anchors, tolerance 3e-6 as for other blurs. Weights are any
/// numbers, with zeros between them, not only windows that interpolate.
/// </summary>
internal static class VaryingBlurCases
{
    private const double Tolerance = 3e-6;

    private static readonly (Shape Image, int Height, int Width, int Stride, int Rows, int Columns)[] Problems =
    [
        (new(1, 1, 1, 1), 1, 1, 1, 1, 1),
        (new(1, 1, 7, 33), 3, 7, 1, 3, 2),
        (new(2, 3, 33, 7), 4, 4, 1, 2, 3),
        (new(1, 1, 13, 13), 13, 13, 1, 2, 2),
        (new(1, 1, 7, 8), 2, 8, 1, 1, 1),
        (new(1, 3, 36, 66), 5, 5, 2, 3, 3),
        (new(1, 1, 14, 2), 1, 2, 2, 7, 1),
        (new(3, 1, 27, 99), 4, 4, 3, 2, 4),
        (new(2, 1, 12, 8), 9, 5, 4, 2, 1),
        (new(1, 2, 70, 150), 13, 13, 1, 2, 3),
        (new(1, 1, 135, 9), 5, 3, 1, 5, 1),
    ];

    /// <summary>With the valid boundary, the stride need not divide the image size.</summary>
    private static readonly (Shape Image, int Height, int Width, int Stride, int Rows, int Columns)[] ValidProblems =
        [(new(1, 1, 33, 7), 4, 3, 2, 3, 2), (new(1, 7, 35, 41), 5, 4, 3, 2, 2), (new(1, 1, 33, 70), 1, 1, 4, 2, 3)];

    public static IEnumerable<OpCase> All()
    {
        foreach (Boundary boundary in Enum.GetValues<Boundary>())
        {
            foreach ((Shape image, int height, int width, int stride, int rows, int columns) in
                boundary == Boundary.Valid ? [.. Problems, .. ValidProblems] : Problems)
            {
                var blur = new BlurProblem(image, Shape.Matrix(height, width), stride, boundary);
                foreach (OpCase item in Of(blur, rows, columns))
                {
                    yield return item;
                }
            }
        }

        foreach (OpCase item in Tapers())
        {
            yield return item;
        }
    }

    private static IEnumerable<OpCase> Of(BlurProblem blur, int rows, int columns)
    {
        Shape measurement = blur.Measurement;
        Shape[] operands =
        [
            blur.Kernel with { N = rows * columns }, Shape.Matrix(rows, measurement.H),
            Shape.Matrix(columns, measurement.W),
        ];
        string tag = $"{blur}, {rows}x{columns} anchors";
        yield return Case($"varying blur {tag}", blur.Image, measurement, operands, inPlace: false, scale: 1,
            (device, x, kernels, addend, y) => device.VaryingBlur(
                x, kernels, blur.Stride, blur.Boundary, 1, addend, y),
            (term, x, y) => blur.ForEachTerm((pixel, tap, measured) => y[measured] += term(tap, measured) * x[pixel]),
            measurement, blur.Kernel);
        yield return Case($"varying blur {tag} with addend in place", blur.Image, measurement, operands, inPlace: true,
            scale: -0.5,
            (device, x, kernels, addend, y) => device.VaryingBlur(
                x, kernels, blur.Stride, blur.Boundary, -0.5f, addend, y),
            (term, x, y) => blur.ForEachTerm((pixel, tap, measured) => y[measured] += term(tap, measured) * x[pixel]),
            measurement, blur.Kernel);
        yield return Case($"varying blur adjoint {tag}", measurement, blur.Image, operands, inPlace: false, scale: 1,
            (device, y, kernels, addend, x) => device.VaryingBlurAdjoint(
                y, kernels, blur.Stride, blur.Boundary, 1, addend, x),
            (term, y, x) => blur.ForEachTerm((pixel, tap, measured) => x[pixel] += term(tap, measured) * y[measured]),
            measurement, blur.Kernel);
        yield return Case($"varying blur adjoint {tag} with addend in place", measurement, blur.Image, operands,
            inPlace: true, scale: 2,
            (device, y, kernels, addend, x) => device.VaryingBlurAdjoint(
                y, kernels, blur.Stride, blur.Boundary, 2, addend, x),
            (term, y, x) => blur.ForEachTerm((pixel, tap, measured) => x[pixel] += term(tap, measured) * y[measured]),
            measurement, blur.Kernel);
    }

    private static OpCase Case(
        string name, Shape from, Shape to, Shape[] operands, bool inPlace, double scale,
        Action<Device, Tensor, VaryingKernels, Tensor?, Tensor> run,
        Action<Func<int, int, double>, double[], double[]> sum, Shape measurement, Shape kernel) => new()
        {
            Name = name,
            Inputs = [from, .. operands, .. inPlace ? (Shape[])[to] : []],
            Outputs = [to],
            IsRecordable = false,
            Run = (device, inputs, outputs) =>
            {
                using Tensor workspace = device.Allocate(measurement);
                var kernels = new VaryingKernels(inputs[1], inputs[2], inputs[3], workspace);
                if (inPlace)
                {
                    device.Copy(inputs[4], outputs[0]);
                }

                run(device, inputs[0], kernels, inPlace ? outputs[0] : null, outputs[0]);
            },
            Reference = inputs =>
            {
                double[] result = new double[to.Count];
                sum((tap, measured) => Entry(inputs, measurement, kernel, tap, measured), inputs[0], result);
                return [BlurCases.Finish(result, scale, inPlace ? inputs[4] : null)];
            },
            Tolerance = Tolerance,
            Fill = (input, values) => AddZeros(input, values, operands),
        };

    /// <summary>The entry of the kernel that the windows make of all kernels at a measured pixel.</summary>
    private static double Entry(double[][] inputs, Shape measurement, Shape kernel, int tap, int measured)
    {
        int columns = inputs[3].Length / measurement.W;
        int row = measured / measurement.W % measurement.H;
        int column = measured % measurement.W;
        double sum = 0;
        for (int anchor = 0; anchor < inputs[1].Length / kernel.Count; anchor++)
        {
            sum += inputs[2][anchor / columns * measurement.H + row]
                * inputs[3][anchor % columns * measurement.W + column] * inputs[1][anchor * kernel.Count + tap];
        }

        return sum;
    }

    /// <summary>
    /// Sets some weights to zero: the first half of the last anchor row, the last half of the first anchor column.
    /// </summary>
    private static void AddZeros(int input, float[] values, Shape[] operands)
    {
        if (input is 2 or 3 && operands[input - 1].H > 1)
        {
            int length = operands[input - 1].W;
            int start = input == 2 ? values.Length - length : length - length / 2;
            Array.Clear(values, start, length / 2);
        }
    }

    private static IEnumerable<OpCase> Tapers()
    {
        foreach (Shape shape in (Shape[])[new(1, 1, 1, 1), new(1, 7, 1, 33), new(2, 3, 33, 41), new(1, 1, 130, 257)])
        {
            foreach (bool inPlace in (bool[])[false, true])
            {
                yield return new OpCase
                {
                    Name = $"taper {shape}{(inPlace ? " with addend, in place" : "")}",
                    Inputs = [shape, Shape.Vector(shape.H), Shape.Vector(shape.W), shape],
                    Outputs = [shape],
                    Run = (device, inputs, outputs) =>
                    {
                        if (inPlace)
                        {
                            device.Copy(inputs[0], outputs[0]);
                            device.Taper(outputs[0], inputs[1], inputs[2], -0.5f, inputs[3], outputs[0]);
                        }
                        else
                        {
                            device.Taper(inputs[0], inputs[1], inputs[2], 1, null, outputs[0]);
                        }
                    },
                    Reference = inputs => [[.. inputs[0].Select((x, i) =>
                        (inPlace ? -0.5 : 1) * inputs[1][i / shape.W % shape.H] * inputs[2][i % shape.W] * x
                        + (inPlace ? inputs[3][i] : 0))]],
                    Tolerance = 1e-6,
                };
            }
        }
    }
}
