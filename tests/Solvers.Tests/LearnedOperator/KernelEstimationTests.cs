using InfAdmm.Engine;
using InfAdmm.Solvers.LearnedOperator;
using InfAdmm.Solvers.Operators;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Solvers.Tests;

/// <summary>Kernels learned from pairs that the operators of the library measured, and from those of the oracle.</summary>
public sealed class KernelEstimationTests
{
    public static TheoryData<Boundary, int, int> Cases
    {
        get
        {
            var data = new TheoryData<Boundary, int, int>();
            foreach (Boundary boundary in Enum.GetValues<Boundary>())
            {
                foreach (int stride in (int[])[1, 2, 3])
                {
                    data.Add(boundary, stride, 4);
                    data.Add(boundary, stride, 5);
                }
            }

            return data;
        }
    }

    /// <summary>Catches a wrong origin, a flipped kernel, and a border that is extended wrongly.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void Without_noise_the_kernel_is_exact(Boundary boundary, int stride, int size) => Fixture.OnDevice(device =>
    {
        var kernel = new BlurKernel(size, size, Fixture.Normal(size * size, seed: 1).Select(value => (double)value));
        var estimation = new KernelEstimation(size, stride, boundary, threads: 2);
        for (int pair = 0; pair < 2; pair++)
        {
            var shape = new Shape(1, 2, 24 + 6 * pair, 30);
            using var a = new BlurDownsample(device, kernel, stride, shape, boundary);
            float[] x = Fixture.Normal((int)shape.Count, seed: 2 + pair);
            using Tensor image = device.Allocate(shape, x);
            using Tensor y = device.Allocate(a.MeasurementShape);
            a.Apply(image, y);
            estimation.Add(x, shape, y.ToArray(), y.Shape);
        }

        EstimatedKernel learned = estimation.Solve();
        Assert.InRange(Distance(learned.Kernel, kernel), 0, 1e-6);
        Assert.InRange(learned.Residual, 0, 1e-6);
    });

    [Fact]
    public void The_kernel_of_the_oracle_is_found() => Fixture.OnDevice(device =>
    {
        foreach ((string tag, int stride) in (ReadOnlySpan<(string, int)>)[("random4_s3", 3), ("motion9_s1", 1)])
        {
            BlurKernel kernel = Fixture.Kernel($"op_{tag}_kernel");
            using Tensor q = Fixture.Tensor(device, $"op_{tag}_x");
            using Tensor y = Fixture.Tensor(device, $"op_{tag}_Ax");
            var estimation = new KernelEstimation(kernel.Height, stride);
            estimation.Add(q.ToArray(), q.Shape, y.ToArray(), y.Shape);
            Assert.InRange(Distance(estimation.Solve().Kernel, kernel), 0, 1e-5);
        }
    });

    [Fact]
    public void The_residual_is_the_noise_and_a_ridge_shrinks_the_kernel()
    {
        const float Sigma = 0.05f;
        var shape = new Shape(1, 1, 96, 96);
        float[] x = Fixture.Normal((int)shape.Count, seed: 4);
        float[] noise = Fixture.Normal((int)shape.Count, seed: 5);
        var estimation = new KernelEstimation(1, stride: 1);
        estimation.Add(x, shape, [.. x.Zip(noise, (value, n) => 0.5f * value + Sigma * n)], shape);

        EstimatedKernel learned = estimation.Solve();
        Assert.Equal(0.5, learned.Kernel[0, 0], 2e-3);
        Assert.Equal(Sigma, learned.Residual, 1e-3);

        // min E(0.5 x − h x)² + R h² at E x² = 1: h = 0.5/(1 + R).
        Assert.Equal(0.25, estimation.Solve(new KernelConstraints { Ridge = 1 }).Kernel[0, 0], 5e-3);
    }

    /// <summary>Compared with all kernels on a grid.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Constraints_give_the_best_kernel_that_meets_them(bool sumIsOne)
    {
        var shape = new Shape(1, 1, 12, 12);
        for (int seed = 1; seed < 20; seed++)
        {
            float[] x = Fixture.Normal((int)shape.Count, seed);
            float[] y = [.. x.Zip(Fixture.Normal((int)shape.Count, seed + 100), (value, n) => 0.4f * value + n)];
            var estimation = new KernelEstimation(2, stride: 1);
            estimation.Add(x, shape, y, shape);
            EstimatedKernel best = estimation.Solve(
                new KernelConstraints { IsNonNegative = true, SumIsOne = sumIsOne, Ridge = 1e-9 });

            Assert.True(best.Kernel.Values.ToArray().All(value => value >= 0));
            Assert.Equal(Residual(x, y, shape, best.Kernel.Values.ToArray()), best.Residual, 1e-6);
            double onGrid = OnGrid(sumIsOne).Min(h => Residual(x, y, shape, h));
            Assert.InRange(best.Residual, onGrid - 2e-3, onGrid + 1e-9);
            Assert.True(!sumIsOne || Math.Abs(best.Kernel.Sum - 1) < 1e-9);
        }
    }

    [Fact]
    public void Pairs_that_cannot_be_used_are_refused()
    {
        var shape = new Shape(1, 1, 8, 8);
        float[] flat = [.. Enumerable.Repeat(0.5f, 64)];
        var estimation = new KernelEstimation(3, stride: 1);
        estimation.Add(flat, shape, flat, shape);
        Assert.Contains("ridge", Assert.Throws<InputException>(() => estimation.Solve()).Message);
        Assert.Equal(1, estimation.Solve(new KernelConstraints { SumIsOne = true, Ridge = 1e-3 }).Kernel.Sum, 1e-9);

        var other = new Shape(1, 1, 4, 8);
        string message = Assert.Throws<InputException>(
            () => estimation.Add(flat, shape, flat.AsSpan(0, 32), other)).Message;
        Assert.Contains("8x4", message);
    }

    /// <summary>Kernels of 2×2 with entries of at least 0, and with the sum 1 or at most 1.</summary>
    private static IEnumerable<double[]> OnGrid(bool sumIsOne)
    {
        const int Steps = 24;
        for (int a = 0; a <= Steps; a++)
        {
            for (int b = 0; a + b <= Steps; b++)
            {
                for (int c = 0; a + b + c <= Steps; c++)
                {
                    int rest = Steps - a - b - c;
                    for (int d = sumIsOne ? rest : 0; d <= rest; d++)
                    {
                        yield return [a / (double)Steps, b / (double)Steps, c / (double)Steps, d / (double)Steps];
                    }
                }
            }
        }
    }

    private static double Residual(float[] x, float[] y, Shape shape, double[] h)
    {
        double sum = 0;
        for (int i = 0; i < shape.H; i++)
        {
            for (int j = 0; j < shape.W; j++)
            {
                double error = y[i * shape.W + j];
                for (int t = 0; t < 4; t++)
                {
                    int row = (i - t / 2 + shape.H) % shape.H;
                    int column = (j - t % 2 + shape.W) % shape.W;
                    error -= h[t] * x[row * shape.W + column];
                }

                sum += error * error;
            }
        }

        return Math.Sqrt(sum / shape.Count);
    }

    private static double Distance(BlurKernel kernel, BlurKernel expected) => Math.Sqrt(
        kernel.Values.ToArray().Zip(expected.Values.ToArray(), (a, b) => (a - b) * (a - b)).Sum()
            / expected.Values.ToArray().Sum(value => value * value));
}
