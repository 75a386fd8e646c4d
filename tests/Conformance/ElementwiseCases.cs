using InfAdmm.Engine;

namespace InfAdmm.Conformance;

/// <summary>One rounding an operation: 1e-6 of the largest value is a few units in the last place.</summary>
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
            yield return Binary("multiply", shape, (d, x, y, r) => d.Multiply(x, y, r), (x, y) => x * y);
            yield return Binary("relu", shape, (d, x, y, r) => d.Relu(x, r), (x, y) => Math.Max(x, 0));
            yield return Binary(
                "relu backward", shape, (d, x, y, r) => d.ReluBackward(x, y, r), (x, y) => x > 0 ? y : 0);
            yield return Binary("sigmoid", shape, (d, x, y, r) => d.Sigmoid(x, r), (x, y) => Logistic(x));
            yield return Binary("sigmoid in place", shape, SigmoidInPlace, (x, y) => Logistic(x));
            yield return Binary(
                "sigmoid backward", shape, (d, x, y, r) => d.SigmoidBackward(x, y, r), (x, y) => y * x * (1 - x));
            yield return ShiftedSoftThreshold(shape);
            yield return Binary("soft threshold", shape, (d, x, y, r) => d.SoftThreshold(x, 0.6f, r), Shrink);
        }
    }

    private static double Combined(double x, double y) => 0.7f * x - 1.3f * y;

    private static double Logistic(double x) => 1 / (1 + Math.Exp(-x));

    private static void SigmoidInPlace(Device device, Tensor x, Tensor y, Tensor result)
    {
        device.Copy(x, result);
        device.Sigmoid(result, result);
    }

    private static double Shrink(double x, double y) => Math.Sign(x) * Math.Max(Math.Abs(x) - 0.6f, 0);

    private static void CombineInPlace(Device device, Tensor x, Tensor y, Tensor result)
    {
        device.Copy(x, result);
        device.Combine(0.7f, result, -1.3f, y, result);
    }

    /// <summary>x and q of the fused x-update.</summary>
    private static OpCase ShiftedSoftThreshold(Shape shape) => new()
    {
        Name = $"soft threshold shifted {shape}",
        Inputs = [shape, shape],
        Outputs = [shape, shape],
        Run = (device, inputs, outputs) =>
            device.SoftThresholdShifted(inputs[0], inputs[1], 0.6f, outputs[0], outputs[1]),
        Reference = inputs =>
        {
            double[] x = [.. inputs[0].Zip(inputs[1], (z, w) => Shrink(z - w, 0))];
            return [x, [.. x.Zip(inputs[1], (a, w) => a + w)]];
        },
        Tolerance = Tolerance,
    };

    private static OpCase Binary(
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
