using InfAdmm.Engine;

namespace InfAdmm.Conformance;

/// <summary>One rounding per operation: 1e-6 of the largest value is a few units in the last place.</summary>
internal static class ElementwiseCases
{
    private const double Tolerance = 1e-6;

    private static readonly Shape[] Shapes =
        [new(1, 1, 1, 1), new(1, 7, 1, 33), new(2, 3, 33, 41), new(1, 1, 130, 257)];

    public static IEnumerable<OpCase> All()
    {
        foreach (Shape shape in Shapes)
        {
            yield return Binary("copy", shape, (d, x, y, r) => d.Copy(x, r), (x, y) => x);
            yield return Binary("fill", shape, (d, x, y, r) => d.Fill(1.5f, r), (x, y) => 1.5);
            yield return Binary("combine", shape, (d, x, y, r) => d.Combine(0.7f, x, -1.3f, y, r), Combined);
            yield return Binary("combine in place", shape, CombineInPlace, Combined);
            yield return Binary("scale", shape, (d, x, y, r) => d.Scale(-2.5f, x, r), (x, y) => -2.5 * x);
            yield return Binary("relu", shape, (d, x, y, r) => d.Relu(x, r), (x, y) => Math.Max(x, 0));
            yield return Binary(
                "relu backward", shape, (d, x, y, r) => d.ReluBackward(x, y, r), (x, y) => x > 0 ? y : 0);
            yield return Binary("sigmoid", shape, (d, x, y, r) => d.Sigmoid(x, r), (x, y) => Logistic(x));
            yield return Binary("sigmoid in place", shape, SigmoidInPlace, (x, y) => Logistic(x));
            yield return Binary(
                "sigmoid backward", shape, (d, x, y, r) => d.SigmoidBackward(x, y, r), (x, y) => y * x * (1 - x));
            yield return ReflectedSoftThreshold(shape);
            yield return SoftThreshold(shape);
            yield return Binary("leaky relu", shape, (d, x, y, r) => d.LeakyRelu(x, 0.3f, r), (x, y) => Leak(x, x));
            yield return Binary("leaky relu in place", shape, LeakyReluInPlace, (x, y) => Leak(x, x));
            yield return Binary(
                "leaky relu backward", shape, (d, x, y, r) => d.LeakyReluBackward(x, y, 0.3f, r), Leak);
            yield return Binary(
                "absolute distance backward", shape, (d, x, y, r) => d.AbsoluteDistanceBackward(-0.7f, x, y, r),
                (x, y) => -0.7f * Math.Sign(x - y));
            yield return Binary("absolute distance backward of equals in place", shape, EqualsInPlace, (x, y) => 0);
        }
    }

    private static double Combined(double x, double y) => 0.7f * x - 1.3f * y;

    private static double Logistic(double x) => 1 / (1 + Math.Exp(-x));

    private static void SigmoidInPlace(Device device, Tensor x, Tensor y, Tensor result)
    {
        device.Copy(x, result);
        device.Sigmoid(result, result);
    }

    private static double Leak(double test, double value) => test > 0 ? value : 0.3f * value;

    private static void LeakyReluInPlace(Device device, Tensor x, Tensor y, Tensor result)
    {
        device.Copy(x, result);
        device.LeakyRelu(result, 0.3f, result);
    }

    private static void EqualsInPlace(Device device, Tensor x, Tensor y, Tensor result)
    {
        device.Copy(x, result);
        device.AbsoluteDistanceBackward(2, result, x, result);
    }

    private static double Shrink(double x, double y) => Math.Sign(x) * Math.Max(Math.Abs(x) - 0.6f, 0);

    private static void CombineInPlace(Device device, Tensor x, Tensor y, Tensor result)
    {
        device.Copy(x, result);
        device.Combine(0.7f, result, -1.3f, y, result);
    }

    private static OpCase SoftThreshold(Shape shape) => new()
    {
        Name = $"soft threshold {shape}",
        Inputs = [shape, Shape.Scalar],
        Outputs = [shape],
        Run = (device, inputs, outputs) => device.SoftThreshold(inputs[0], inputs[1], outputs[0]),
        Reference = inputs => [[.. inputs[0].Select(x => Shrink(x, 0))]],
        Tolerance = Tolerance,
        Fill = (input, values) => FillThreshold(input == 1, values),
    };

    private static void FillThreshold(bool isThreshold, float[] values)
    {
        if (isThreshold)
        {
            values[0] = 0.6f;
        }
    }

    /// <summary>q, in place, and x of the fused dual update and x-update.</summary>
    internal static OpCase ReflectedSoftThreshold(Shape shape) => new()
    {
        Name = $"soft threshold reflected {shape}",
        Inputs = [shape, shape, Shape.Scalar],
        Outputs = [shape, shape],
        Run = (device, inputs, outputs) =>
        {
            device.Copy(inputs[1], outputs[0]);
            device.SoftThresholdReflected(inputs[0], inputs[2], outputs[0], outputs[1]);
        },
        Reference = inputs =>
        {
            double[] w = [.. inputs[0].Zip(inputs[1], (z, q) => q - z)];
            double[] x = [.. inputs[0].Zip(w, (z, dual) => Shrink(z - dual, 0))];
            return [[.. x.Zip(w, (a, dual) => a + dual)], x];
        },
        Tolerance = Tolerance,
        Fill = (input, values) => FillThreshold(input == 2, values),
    };

    internal static OpCase Binary(
        string name, Shape shape, Action<Device, Tensor, Tensor, Tensor> run, Func<double, double, double> reference) =>
        new()
        {
            Name = $"{name} {shape}",
            Inputs = [shape, shape],
            Outputs = [shape],
            Run = (device, inputs, outputs) => run(device, inputs[0], inputs[1], outputs[0]),
            Reference = inputs => [[.. inputs[0].Zip(inputs[1], reference)]],
            Tolerance = Tolerance,
        };
}
