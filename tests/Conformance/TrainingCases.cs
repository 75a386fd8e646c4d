using InfAdmm.Engine;

namespace InfAdmm.Conformance;

/// <summary>
/// Adam: tolerance 1e-5, for a division and a square root. Normal noise: 1e-5, because float sine and logarithm have
/// errors of a few units in the last place.
/// </summary>
public static class TrainingCases
{
    private const double Tolerance = 1e-5;

    public static IEnumerable<OpCase> All()
    {
        foreach (int count in (int[])[1, 7, 33, 10_001])
        {
            yield return Adam(count, step: 1);
            yield return Adam(count, step: 50);
            yield return Normal(count, seed: 0, stream: 0);
            yield return Normal(count, seed: 0x123456789ABCDEF0, stream: 0xFEDCBA9876543210);
            yield return Normal(count, seed: 1, stream: 2, first: 7);
        }
    }

    /// <summary>The Philox4x32-10 block function, for its published known answers.</summary>
    public static uint[] Philox(uint[] counter, uint[] key)
    {
        uint[] c = [.. counter];
        uint[] k = [.. key];
        for (int round = 0; round < 10; round++)
        {
            ulong left = 0xD2511F53UL * c[0];
            ulong right = 0xCD9E8D57UL * c[2];
            c = [(uint)(right >> 32) ^ c[1] ^ k[0], (uint)right, (uint)(left >> 32) ^ c[3] ^ k[1], (uint)left];
            k = [k[0] + 0x9E3779B9, k[1] + 0xBB67AE85];
        }

        return c;
    }

    internal static OpCase Adam(int count, int step)
    {
        Shape shape = Shape.Vector(count);
        var spec = new AdamSpec(0.01f, 0.9f, 0.999f, 1e-8f, step);
        return new OpCase
        {
            Name = $"adam step {step} of {count}",
            Inputs = [shape, shape, shape, shape],
            Outputs = [shape, shape, shape],
            Run = (device, inputs, outputs) =>
            {
                device.Copy(inputs[0], outputs[0]);
                device.Copy(inputs[2], outputs[1]);
                device.Copy(inputs[3], outputs[2]);
                device.AdamStep(outputs[0], inputs[1], outputs[1], outputs[2], spec);
            },
            Reference = inputs => AdamReference(inputs, spec),
            Tolerance = Tolerance,
            Fill = (input, values) => SquareSecondMoment(input, values),
        };
    }

    private static void SquareSecondMoment(int input, float[] values)
    {
        for (int i = 0; input == 3 && i < values.Length; i++)
        {
            values[i] *= values[i];
        }
    }

    private static double[][] AdamReference(double[][] inputs, AdamSpec spec)
    {
        int count = inputs[0].Length;
        double[] p = [.. inputs[0]];
        double[] m = new double[count];
        double[] v = new double[count];
        for (int i = 0; i < count; i++)
        {
            double g = inputs[1][i];
            m[i] = spec.Beta1 * inputs[2][i] + (1.0 - spec.Beta1) * g;
            v[i] = spec.Beta2 * inputs[3][i] + (1.0 - spec.Beta2) * g * g;
            double first = m[i] / (1 - Math.Pow(spec.Beta1, spec.Step));
            double second = v[i] / (1 - Math.Pow(spec.Beta2, spec.Step));
            p[i] -= spec.LearningRate * first / (Math.Sqrt(second) + spec.Epsilon);
        }

        return [p, m, v];
    }

    private static OpCase Normal(int count, ulong seed, ulong stream, int first = 0) => new()
    {
        Name = $"normal noise of {count}, seed {seed:X}{(first > 0 ? $", from number {first}" : "")}",
        Inputs = [],
        Outputs = [Shape.Vector(count)],
        Run = (device, _, outputs) => device.FillNormal(seed, stream, first, outputs[0]),
        Reference = _ => [NormalReference(first + count, seed, stream)[first..]],

        // A backend may need memory for the numbers before the first.
        IsRecordable = first == 0,
        Tolerance = Tolerance,
    };

    private static double[] NormalReference(int count, ulong seed, ulong stream)
    {
        double[] values = new double[count];
        for (int i = 0; i < count; i++)
        {
            uint[] words = Philox(
                [(uint)(i / 4), 0, (uint)stream, (uint)(stream >> 32)], [(uint)seed, (uint)(seed >> 32)]);
            int pair = i % 4 / 2 * 2;
            double radius = Math.Sqrt(-2 * Math.Log(((words[pair] >> 9) + 0.5) / (1 << 23)));
            double angle = 2 * Math.PI * ((words[pair + 1] >> 9) + 0.5) / (1 << 23);
            values[i] = radius * (i % 2 == 0 ? Math.Cos(angle) : Math.Sin(angle));
        }

        return values;
    }
}
