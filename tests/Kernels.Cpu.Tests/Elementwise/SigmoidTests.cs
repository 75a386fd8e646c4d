using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu.Tests;

/// <summary>
/// What the suite's tolerance, relative to the largest result, cannot detect: small results and the limits.
/// </summary>
public sealed class SigmoidTests
{
    /// <summary>Three roundings of 6e-8 plus the error of the polynomial; 1.9e-7 measured.</summary>
    private const double Tolerance = 2e-7;

    public static TheoryData<SimdWidth> Widths => [.. Enum.GetValues<SimdWidth>()];

    [Theory]
    [MemberData(nameof(Widths))]
    public void Small_results_are_as_accurate_as_large_ones(SimdWidth width)
    {
        float[] x = [.. Enumerable.Range(0, 100_001).Select(i => -87 + i * (107f / 100_000))];
        float[] y = Evaluate(width, x);
        double worst = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double expected = 1 / (1 + Math.Exp(-(double)x[i]));
            double error = Math.Abs(y[i] - expected) / expected;
            worst = error <= worst ? worst : error;
        }

        Assert.True(worst <= Tolerance, $"the relative error reaches {worst:E2}");
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Far_out_it_is_0_and_1_and_a_NaN_stays_one(SimdWidth width)
    {
        // Nine values end in a partial vector; sixteen times nine fill every vector width.
        float[] ends = [float.NegativeInfinity, float.MinValue, -1000, -89, 0, 30, 1000, float.MaxValue, float.NaN];
        float[] expected = [0, 0, 0, 0, 0.5f, 1, 1, 1, float.NaN];

        foreach (int times in (int[])[1, 16])
        {
            float[] y = Evaluate(width, [.. Enumerable.Repeat(ends, times).SelectMany(values => values)]);
            Assert.Equal(Enumerable.Repeat(expected, times).SelectMany(values => values), y);
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void An_element_does_not_depend_on_its_place(SimdWidth width)
    {
        float[] y = Evaluate(width, [.. Enumerable.Repeat(-0.7f, 33)]);

        Assert.All(y, value => Assert.Equal(y[0], value));
    }

    private static float[] Evaluate(SimdWidth width, float[] values)
    {
        Assert.SkipUnless(width <= CpuDevice.WidestWidth, $"no {(int)width}-bit vectors here");
        using CpuDevice device = CpuDevice.Create(threads: 2, width);
        using Tensor x = device.Allocate(Shape.Vector(values.Length), values);
        device.Sigmoid(x, x);
        return x.ToArray();
    }
}
