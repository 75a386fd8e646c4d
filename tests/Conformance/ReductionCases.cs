using InfAdmm.Engine;

namespace InfAdmm.Conformance;

/// <summary>
/// Reductions accumulate short float sums in double: tolerance 1e-6 of the result. The inputs of the dot product are
/// positive, so that cancellation does not hide an error of that order.
/// </summary>
internal static class ReductionCases
{
    private const double Tolerance = 1e-6;

    private static readonly int[] Counts = [1, 7, 33, 255, 8192, 8193, 100_003];

    public static IEnumerable<OpCase> All()
    {
        foreach (int count in Counts)
        {
            yield return Reduction("dot", count, (d, x, y, r) => d.Dot(x, y, r), (x, y) => x * y);
            yield return Reduction(
                "sum of magnitudes", count, (d, x, y, r) => d.SumOfMagnitudes(x, r), (x, y) => Math.Abs(x));
            yield return Reduction(
                "squared distance", count, (d, x, y, r) => d.SquaredDistance(x, y, r), (x, y) => (x - y) * (x - y));
            yield return Reduction(
                "absolute distance", count, (d, x, y, r) => d.AbsoluteDistance(x, y, r), (x, y) => Math.Abs(x - y));
            yield return IterateSums(count);
        }
    }

    internal static OpCase Reduction(
        string name, int count, Action<Device, Tensor, Tensor, Tensor> run, Func<double, double, double> term) =>
        new()
        {
            Name = $"{name} of {count}",
            Inputs = [Shape.Vector(count), Shape.Vector(count)],
            Outputs = [Shape.Scalar],
            Run = (device, inputs, outputs) => run(device, inputs[0], inputs[1], outputs[0]),
            Reference = inputs => [[inputs[0].Zip(inputs[1], term).Sum()]],
            Tolerance = Tolerance,
            Fill = name == "dot" ? (_, values) => MakePositive(values) : null,
        };

    /// <summary>x, z, the previous z and q, in this order.</summary>
    internal static OpCase IterateSums(int count)
    {
        Shape shape = Shape.Vector(count);
        return new OpCase
        {
            Name = $"iterate sums of {count}",
            Inputs = [shape, shape, shape, shape],
            Outputs = [Shape.Vector(Device.IterateSumCount)],
            Run = (device, inputs, outputs) =>
                device.IterateSums(inputs[0], inputs[1], inputs[2], inputs[3], outputs[0]),
            Reference = inputs =>
            [
                [
                    SquaredDistance(inputs[0], inputs[1]),
                    SquaredDistance(inputs[1], inputs[2]),
                    SquaredDistance(inputs[3], inputs[1]),
                    inputs[0].Sum(x => x * x),
                    inputs[1].Sum(z => z * z),
                    inputs[0].Sum(Math.Abs),
                    inputs[1].Sum(Math.Abs),
                ],
            ],
            Tolerance = Tolerance,
        };
    }

    private static double SquaredDistance(double[] x, double[] y) => x.Zip(y, (a, b) => (a - b) * (a - b)).Sum();

    private static void MakePositive(float[] values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Math.Abs(values[i]) + 0.1f;
        }
    }
}
