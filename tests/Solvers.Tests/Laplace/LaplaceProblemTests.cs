using InfAdmm.Engine;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Solvers.Tests;

/// <summary>The problems that are drawn: their seed and their statistics.</summary>
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
}
