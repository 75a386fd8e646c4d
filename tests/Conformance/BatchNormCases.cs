using InfAdmm.Engine;

namespace InfAdmm.Conformance;

/// <summary>
/// Batch normalization and its gradients. Tolerance 1e-5 of the largest value: float sums of a few hundred terms are
/// added in double. Far from zero, with a mean of a thousand deviations, the saved float mean is rounded at 3e-5 of the
/// deviation; variances computed as E[x²] − E[x]² in float would be completely wrong.
/// </summary>
internal static class BatchNormCases
{
    private const double Tolerance = 1e-5;
    private const double FarTolerance = 4e-5;

    private static readonly BatchNormSpec Spec = new(Epsilon: 1e-3f, Momentum: 0.3f);

    private static readonly Shape[] Shapes =
    [
        new(1, 1, 1, 2), new(7, 1, 1, 1), new(1, 7, 33, 1), new(3, 33, 7, 33), new(2, 1, 130, 257), new(33, 7, 1, 7),
    ];

    public static IEnumerable<OpCase> All()
    {
        foreach (Shape shape in Shapes)
        {
            foreach (Activation activation in (Activation[])[Activation.None, Activation.Relu])
            {
                yield return Forward(shape, activation, offset: 0);
                yield return Fixed(shape, activation);
                yield return Backward(shape, activation, fixedStatistics: false, inPlace: false);
                yield return Backward(shape, activation, fixedStatistics: true, inPlace: true);
            }
        }

        yield return Forward(new(3, 7, 33, 41), Activation.None, offset: 1000);
    }

    private static OpCase Forward(Shape x, Activation activation, float offset)
    {
        Shape c = OfChannels(x);
        return new OpCase
        {
            Name = $"batch norm {x} {activation} at {offset}",
            Inputs = [x, c, c, c, c],
            Outputs = [x, c, c, c, c],
            Run = (device, inputs, outputs) =>
            {
                device.Copy(inputs[3], outputs[3]);
                device.Copy(inputs[4], outputs[4]);
                device.BatchNorm(
                    inputs[0], inputs[1], inputs[2], Spec, activation, outputs[3], outputs[4], outputs[1], outputs[2],
                    outputs[0]);
            },
            Reference = inputs => ForwardReference(inputs, x, activation),
            Fill = (input, values) =>
            {
                MakePositive(values, input == 4);
                for (int i = 0; input == 0 && i < values.Length; i++)
                {
                    values[i] += offset;
                }
            },
            Tolerance = offset == 0 ? Tolerance : FarTolerance,
        };
    }

    private static OpCase Fixed(Shape x, Activation activation)
    {
        Shape c = OfChannels(x);
        return new OpCase
        {
            Name = $"batch norm with fixed statistics {x} {activation}",
            Inputs = [x, c, c, c, c],
            Outputs = [x, c],
            Run = (device, inputs, outputs) => device.BatchNormFixed(
                inputs[0], inputs[1], inputs[2], Spec.Epsilon, activation, inputs[3], inputs[4], outputs[1],
                outputs[0]),
            Reference = inputs =>
            {
                double[] inverse = [.. inputs[4].Select(variance => 1 / Math.Sqrt(variance + Spec.Epsilon))];
                return [Normalized(inputs, x, inputs[3], inverse, activation), inverse];
            },
            Fill = (input, values) => MakePositive(values, input == 4),
            Tolerance = Tolerance,
        };
    }

    private static OpCase Backward(Shape x, Activation activation, bool fixedStatistics, bool inPlace)
    {
        Shape c = OfChannels(x);
        string variant = $"{(fixedStatistics ? "fixed" : "batch")} statistics{(inPlace ? " in place" : string.Empty)}";
        return new OpCase
        {
            Name = $"batch norm backward {x} {activation} {variant}",
            Inputs = [x, x, x, c, c, c],
            Outputs = [x, c, c],
            Run = (device, inputs, outputs) =>
            {
                if (inPlace)
                {
                    device.Copy(inputs[2], outputs[0]);
                }

                device.BatchNormBackward(
                    inputs[0], inputs[1], inPlace ? outputs[0] : inputs[2], inputs[3], inputs[4], inputs[5], activation,
                    fixedStatistics, outputs[0], outputs[1], outputs[2]);
            },
            Reference = inputs => BackwardReference(inputs, x, activation, fixedStatistics),
            Fill = (input, values) => MakePositive(values, input == 5),
            Tolerance = Tolerance,
        };
    }

    private static Shape OfChannels(Shape x) => new(1, x.C, 1, 1);

    private static void MakePositive(float[] values, bool positive)
    {
        for (int i = 0; positive && i < values.Length; i++)
        {
            values[i] = Math.Abs(values[i]) + 0.1f;
        }
    }

    private static double[][] ForwardReference(double[][] inputs, Shape x, Activation activation)
    {
        double[] mean = new double[x.C];
        double[] inverse = new double[x.C];
        double[] runningMean = [.. inputs[3]];
        double[] runningVariance = [.. inputs[4]];
        for (int c = 0; c < x.C; c++)
        {
            double[] values = [.. inputs[0].Where((_, i) => i / x.PlaneSize % x.C == c)];
            double average = values.Average();
            double squares = values.Sum(value => (value - average) * (value - average));
            mean[c] = average;
            inverse[c] = 1 / Math.Sqrt(squares / values.Length + Spec.Epsilon);
            runningMean[c] += Spec.Momentum * (mean[c] - runningMean[c]);
            runningVariance[c] += Spec.Momentum * (squares / (values.Length - 1) - runningVariance[c]);
        }

        return [Normalized(inputs, x, mean, inverse, activation), mean, inverse, runningMean, runningVariance];
    }

    private static double[] Normalized(
        double[][] inputs, Shape x, double[] mean, double[] inverse, Activation activation)
    {
        double[] y = new double[x.Count];
        for (int i = 0; i < y.Length; i++)
        {
            int c = i / x.PlaneSize % x.C;
            double value = inputs[1][c] * (inputs[0][i] - mean[c]) * inverse[c] + inputs[2][c];
            y[i] = activation == Activation.Relu ? Math.Max(value, 0) : value;
        }

        return y;
    }

    private static double[][] BackwardReference(
        double[][] inputs, Shape x, Activation activation, bool fixedStatistics)
    {
        (double[] mean, double[] inverse) = (inputs[4], inputs[5]);
        double[] ggamma = new double[x.C];
        double[] gbeta = new double[x.C];
        double[] gx = new double[x.Count];
        int count = x.N * x.PlaneSize;
        for (int i = 0; i < gx.Length; i++)
        {
            int c = i / x.PlaneSize % x.C;
            gbeta[c] += Gated(i);
            ggamma[c] += Gated(i) * (inputs[0][i] - mean[c]) * inverse[c];
        }

        for (int i = 0; i < gx.Length; i++)
        {
            int c = i / x.PlaneSize % x.C;
            double normalized = (inputs[0][i] - mean[c]) * inverse[c];
            double common = fixedStatistics ? 0 : (gbeta[c] + normalized * ggamma[c]) / count;
            gx[i] = inputs[3][c] * inverse[c] * (Gated(i) - common);
        }

        return [gx, ggamma, gbeta];

        double Gated(int i) => activation == Activation.None || inputs[1][i] > 0 ? inputs[2][i] : 0;
    }
}
