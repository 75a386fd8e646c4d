using InfAdmm.Engine;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.Operators;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Solvers.Tests;

/// <summary>The problems that are drawn: their seed, their statistics and the values that are refused.</summary>
public sealed class LaplaceProblemTests
{
    [Fact]
    public void Same_seed_draws_the_same_problem_for_any_thread_count()
    {
        float[]? first = null;
        foreach (int threads in (int[])[1, 2])
        {
            Fixture.OnDevice(
                device =>
                {
                    LaplaceSettings settings = LaplaceSettings.Sparse with { Size = 64 };
                    using var problem = LaplaceProblem.Draw(device, settings, seed: 5);
                    first ??= problem.Y.ToArray();
                    Assert.Equal(first, problem.Y.ToArray());
                    Assert.InRange(problem.Truth!.ToArray().Count(v => v != 0) / 4096.0, 0.03, 0.07);
                },
                threads);
        }
    }

    /// <summary>Catches an infinite pixel: with this seed, a random number is exactly zero.</summary>
    [Fact]
    public void Every_drawn_pixel_is_finite() => Fixture.OnDevice(device =>
    {
        using var problem = LaplaceProblem.Draw(device, LaplaceSettings.Paper with { Size = 640 }, seed: 1471);
        Assert.All(problem.Truth!.ToArray(), value => Assert.True(float.IsFinite(value)));
    });

    [Fact]
    public void Drawn_problem_has_the_statistics_of_its_prior() => Fixture.OnDevice(device =>
    {
        using var problem = LaplaceProblem.Draw(device, LaplaceSettings.Paper with { Size = 256 }, seed: 0);
        float[] x = problem.Truth!.ToArray();
        Assert.Equal(1, x.Average(Math.Abs), 0.02);
        Assert.Equal(0, x.Average(), 0.02);
        using Tensor clean = device.Allocate(problem.Y.Shape);
        problem.Operator.Apply(problem.Truth, clean);
        float[] noise = [.. problem.Y.ToArray().Zip(clean.ToArray(), (a, b) => a - b)];
        Assert.Equal(1, Math.Sqrt(noise.Average(v => v * v)), 0.05);
    });

    /// <summary>Catches a measurement, σ or b that makes every result NaN, zero or infinite without an error.</summary>
    [Theory]
    [InlineData(float.NaN, 1, "y")]
    [InlineData(float.NegativeInfinity, 1, "y")]
    [InlineData(1e16f, 1, "y")]
    [InlineData(1e-16f, 1, "y")]
    [InlineData(1, 1e16, "sigma")]
    public void Values_out_of_range_are_named(float value, double sigma, string parameter) => Fixture.OnDevice(device =>
    {
        using var a = new BlurDownsample(device, BlurKernel.Gaussian(3, 1), 1, new Shape(1, 1, 8, 8));
        float[] values = new float[64];
        values[5] = value;
        using Tensor y = device.Allocate(a.MeasurementShape, values);
        InputException failure = Assert.Throws<InputException>(() => new LaplaceProblem(a, y, null, sigma, 1));
        Assert.Equal(parameter, failure.Parameter);
    });

    /// <summary>Catches a draw whose squares overflow or become zero, and a message without the setting.</summary>
    [Theory]
    [InlineData(1e16, 1, "sigma")]
    [InlineData(1, 1e16, "scale")]
    [InlineData(1e-18, 1e-17, "scale")]
    public void Settings_out_of_range_are_named(double sigma, double scale, string parameter) => Fixture.OnDevice(
        device =>
    {
        LaplaceSettings settings = LaplaceSettings.Paper with { Size = 32, Sigma = sigma, Scale = scale };
        InputException failure = Assert.Throws<InputException>(() => LaplaceProblem.Draw(device, settings, seed: 1));
        Assert.Equal(parameter, failure.Parameter);
    });
}
