using InfAdmm.Engine;
using InfAdmm.Solvers.Proximal;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Solvers.Tests;

/// <summary>
/// The operator, compared with plain projected gradients in double precision that run until nothing changes.
/// </summary>
public sealed class TotalVariationTests
{
    [Theory]
    [InlineData(1, 1, 1, 1, true)]
    [InlineData(1, 1, 1, 7, true)]
    [InlineData(1, 1, 33, 1, true)]
    [InlineData(1, 1, 7, 33, true)]
    [InlineData(2, 3, 9, 17, true)]
    [InlineData(2, 3, 9, 17, false)]
    [InlineData(1, 3, 80, 96, true)]
    public void Operator_agrees_with_the_slow_reference(int images, int channels, int height, int width, bool joint) =>
        Fixture.OnDevice(device =>
        {
            const double Tau = 0.3;
            var shape = new Shape(images, channels, height, width);
            float[] values = Fixture.Normal((int)shape.Count, 7);
            bool large = shape.Count > 10_000;
            double[] expected = Reference(values, shape, joint, Tau, -0.5, 1, large ? 1500 : 6000);
            var prior = new TotalVariation(shape, threads: 2, steps: 400, joint, -0.5f, 1);
            using Tensor v = device.Allocate(shape, values);
            using Tensor tau = device.Allocate(Shape.Scalar, [(float)Tau]);
            prior.Apply(v, tau, v);
            Assert.InRange(Fixture.RelativeError(v, expected), 0, large ? 2e-3 : 3e-4);
        });

    [Fact]
    public void Without_weight_the_values_are_still_clipped()
    {
        float[] values = [-2, -0.25f, 0.5f, 3];
        var prior = new TotalVariation(new Shape(1, 1, 2, 2), threads: 1, steps: 5, joint: true, -0.5f, 1);
        prior.Apply(values, tau: 0);
        Assert.Equal([-0.5f, -0.25f, 0.5f, 1], values);
    }

    [Fact]
    public void A_warm_start_goes_on_where_the_last_call_ended()
    {
        var shape = new Shape(1, 3, 16, 20);
        float[] values = Fixture.Normal((int)shape.Count, 8);
        double[] expected = Reference(values, shape, true, 0.5, double.NegativeInfinity, double.PositiveInfinity, 6000);
        var prior = new TotalVariation(shape, steps: 10);
        double first = Error(prior, values, expected);
        double last = 0;
        for (int call = 0; call < 20; call++)
        {
            last = Error(prior, values, expected);
        }

        Assert.InRange(last, 0, first / 10);
        prior.Reset();
        Assert.Equal(first, Error(prior, values, expected));
    }

    [Fact]
    public void Threads_change_nothing()
    {
        var shape = new Shape(1, 3, 96, 100);
        float[] one = Fixture.Normal((int)shape.Count, 9);
        float[] two = [.. one];
        new TotalVariation(shape, threads: 1).Apply(one, 0.2f);
        new TotalVariation(shape, threads: 3).Apply(two, 0.2f);
        Assert.Equal(one, two);
    }

    [Fact]
    public void A_constant_stays_and_a_large_weight_leaves_the_mean()
    {
        var shape = new Shape(1, 1, 6, 5);
        float[] constant = [.. Enumerable.Repeat(0.7f, 30)];
        new TotalVariation(shape).Apply(constant, 1);
        Assert.All(constant, value => Assert.Equal(0.7f, value));
        float[] noise = Fixture.Normal(30, 10);
        float mean = noise.Average();
        new TotalVariation(shape, steps: 2000).Apply(noise, 1000);
        Assert.All(noise, value => Assert.Equal(mean, value, 0.02f));
    }

    [Fact]
    public void A_weight_of_zero_changes_nothing()
    {
        float[] noise = Fixture.Normal(30, 11);
        float[] result = [.. noise];
        new TotalVariation(new Shape(1, 1, 6, 5)).Apply(result, 0);
        Assert.Equal(noise, result);
    }

    private static double Error(TotalVariation prior, float[] values, double[] expected)
    {
        float[] x = [.. values];
        prior.Apply(x, 0.5f);
        return Math.Sqrt(x.Zip(expected, (a, b) => (a - b) * (a - b)).Sum());
    }

    /// <summary>
    /// Projected gradient ascent on the dual without momentum, from the definition: x = clip(v − τ div-adjoint p).
    /// </summary>
    private static double[] Reference(
        float[] v, Shape shape, bool joint, double tau, double low, double high, int steps)
    {
        double[] down = new double[v.Length];
        double[] right = new double[v.Length];
        double[] x = Primal();
        for (int step = 0; step < steps; step++)
        {
            for (int i = 0; i < v.Length; i++)
            {
                down[i] += HasBelow(i) ? (x[i] - x[i + shape.W]) / (8 * tau) : 0;
                right[i] += HasRight(i) ? (x[i] - x[i + 1]) / (8 * tau) : 0;
            }

            foreach (IGrouping<int, int> pixel in Enumerable.Range(0, v.Length).GroupBy(Gradient))
            {
                double norm = Math.Sqrt(pixel.Sum(i => down[i] * down[i] + right[i] * right[i]));
                foreach (int i in pixel)
                {
                    down[i] /= Math.Max(1, norm);
                    right[i] /= Math.Max(1, norm);
                }
            }

            x = Primal();
        }

        return x;

        bool HasBelow(int i) => i % shape.PlaneSize / shape.W < shape.H - 1;

        bool HasRight(int i) => i % shape.W < shape.W - 1;

        int Gradient(int i) =>
            joint ? i / (shape.C * shape.PlaneSize) * shape.PlaneSize + i % shape.PlaneSize : i;

        double[] Primal()
        {
            double[] image = [.. v.Select(value => (double)value)];
            for (int i = 0; i < v.Length; i++)
            {
                if (HasBelow(i))
                {
                    image[i] -= tau * down[i];
                    image[i + shape.W] += tau * down[i];
                }

                if (HasRight(i))
                {
                    image[i] -= tau * right[i];
                    image[i + 1] += tau * right[i];
                }
            }

            return [.. image.Select(value => Math.Clamp(value, low, high))];
        }
    }
}
