using InfAdmm.Engine;

namespace InfAdmm.Conformance;

/// <summary>
/// Blur with decimation and its adjoint against sums written from the definition. Tolerance 3e-6: up to 169 terms,
/// each rounded to 6e-8, with errors that mostly cancel.
/// </summary>
internal static class BlurCases
{
    private const double Tolerance = 3e-6;

    private static readonly (Shape Image, int Height, int Width, int Stride)[] Problems =
    [
        (new(1, 1, 1, 1), 1, 1, 1),
        (new(1, 1, 7, 33), 3, 7, 1),
        (new(2, 3, 33, 7), 4, 4, 1),
        (new(1, 1, 13, 13), 13, 13, 1),
        (new(1, 2, 70, 150), 13, 13, 1),
        (new(1, 3, 36, 66), 5, 5, 2),
        (new(1, 1, 14, 2), 1, 2, 2),
        (new(3, 1, 27, 99), 4, 4, 3),
        (new(1, 1, 64, 132), 9, 9, 4),
        (new(2, 1, 12, 8), 9, 5, 4),
        (new(1, 1, 4, 28), 3, 3, 4),
        (new(1, 1, 70, 35), 25, 25, 5),
        (new(1, 1, 200, 280), 5, 5, 1),
    ];

    public static IEnumerable<OpCase> All()
    {
        foreach ((Shape image, int height, int width, int stride, int rank) in
            Problems.SelectMany(p => (int[])[0, 1, 2, -1], (p, rank) => (p.Image, p.Height, p.Width, p.Stride, rank)))
        {
            foreach (OpCase item in Of(image, height, width, stride, rank))
            {
                yield return item;
            }
        }

        // More taps than the shared memory of a GPU holds.
        foreach (OpCase item in Of(new(1, 1, 104, 104), 101, 101, stride: 4, rank: 0))
        {
            yield return item;
        }
    }

    /// <summary>Blur and adjoint, with and without addend; rank as in <see cref="LimitRank"/>.</summary>
    internal static IEnumerable<OpCase> Of(Shape image, int height, int width, int stride, int rank)
    {
        Action<int, float[]> fill = (input, values) => LimitRank(input, values, width, rank);
        Shape measurement = image.Downsampled(stride);
        Shape kernel = Shape.Matrix(height, width);
        string kind = rank == 0 ? "" : rank < 0 ? " zero kernel" : $" rank {rank}";
        string tag = $"{image} {height}x{width} stride {stride}{kind}";
        yield return new OpCase
        {
            Name = $"blur {tag}",
            Inputs = [image, kernel],
            Outputs = [measurement],
            Run = (device, inputs, outputs) => device.Blur(inputs[0], inputs[1], stride, 1, null, outputs[0]),
            Reference = inputs => [Blur(inputs[0], image, inputs[1], kernel, stride, 1, null)],
            Tolerance = Tolerance,
            Fill = fill,
        };
        yield return new OpCase
        {
            Name = $"blur {tag} with addend",
            Inputs = [image, kernel, measurement],
            Outputs = [measurement],
            Run = (device, inputs, outputs) =>
                device.Blur(inputs[0], inputs[1], stride, -0.5f, inputs[2], outputs[0]),
            Reference = inputs => [Blur(inputs[0], image, inputs[1], kernel, stride, -0.5, inputs[2])],
            Tolerance = Tolerance,
            Fill = fill,
        };
        yield return new OpCase
        {
            Name = $"blur adjoint {tag}",
            Inputs = [measurement, kernel],
            Outputs = [image],
            Run = (device, inputs, outputs) =>
                device.BlurAdjoint(inputs[0], inputs[1], stride, 1, null, outputs[0]),
            Reference = inputs => [BlurAdjoint(inputs[0], image, inputs[1], kernel, stride, 1, null)],
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
                device.BlurAdjoint(inputs[0], inputs[1], stride, 2, outputs[0], outputs[0]);
            },
            Reference = inputs => [BlurAdjoint(inputs[0], image, inputs[1], kernel, stride, 2, inputs[2])],
            Tolerance = Tolerance,
            Fill = fill,
        };
    }

    /// <summary>
    /// Makes the kernel, input 1, a sum of <paramref name="rank"/> separable ones; 0 leaves it unchanged.
    /// </summary>
    internal static void LimitRank(int input, float[] values, int width, int rank)
    {
        if (input != 1 || rank == 0)
        {
            return;
        }

        int height = values.Length / width;
        for (int i = 0; i < values.Length; i++)
        {
            if (rank < 0)
            {
                values[i] = 0;
                continue;
            }

            double first = Math.Exp(-0.1 * (i / width - 1) * (i / width - 1) - 0.2 * (i % width) * (i % width));
            double second = Math.Cos(i / width) * Math.Sin(1 + i % width);
            values[i] = (float)(first + (rank == 2 ? second / height : 0));
        }
    }

    private static double[] Blur(
        double[] x, Shape image, double[] kernel, Shape kernelShape, int stride, double scale, double[]? addend)
    {
        double[] y = new double[x.Length / stride / stride];
        ForEachTerm(image, kernelShape, stride, (source, tap, target) => y[target] += kernel[tap] * x[source]);
        return Finish(y, scale, addend);
    }

    private static double[] BlurAdjoint(
        double[] y, Shape image, double[] kernel, Shape kernelShape, int stride, double scale, double[]? addend)
    {
        double[] x = new double[image.Count];
        ForEachTerm(image, kernelShape, stride, (source, tap, target) => x[source] += kernel[tap] * y[target]);
        return Finish(x, scale, addend);
    }

    internal static double[] Finish(double[] sums, double scale, double[]? addend) =>
        [.. sums.Select((v, i) => scale * v + (addend is null ? 0 : addend[i]))];

    /// <summary>Calls back with (image pixel, kernel entry, measured pixel) for each term of y = S H x.</summary>
    private static void ForEachTerm(Shape image, Shape kernel, int stride, Action<int, int, int> term)
    {
        int originRow = (kernel.H - 1) / 2;
        int originColumn = (kernel.W - 1) / 2;
        for (int plane = 0; plane < image.Planes; plane++)
        {
            for (int i = 0; i < image.H / stride; i++)
            {
                for (int j = 0; j < image.W / stride; j++)
                {
                    for (int a = 0; a < kernel.H; a++)
                    {
                        for (int b = 0; b < kernel.W; b++)
                        {
                            int row = (i * stride + originRow - a + 2 * kernel.H * image.H) % image.H;
                            int column = (j * stride + originColumn - b + 2 * kernel.W * image.W) % image.W;
                            term(
                                (plane * image.H + row) * image.W + column,
                                a * kernel.W + b,
                                (plane * (image.H / stride) + i) * (image.W / stride) + j);
                        }
                    }
                }
            }
        }
    }
}
