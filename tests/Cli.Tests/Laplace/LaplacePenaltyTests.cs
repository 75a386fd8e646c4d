namespace InfAdmm.Cli.Tests;

/// <summary>The rules for ρ of <c>laplace --penalty</c>, from the command line to the report.</summary>
public sealed class LaplacePenaltyTests
{
    private const double Rho = 0.03;

    private static readonly string[] Options =
        ["--size", "64", "--preset", "sparse", "--rho", "0.03", "--iterations", "60"];

    /// <summary>Catches a report with the initial ρ in every iteration, and a run that ignores the option.</summary>
    [Theory]
    [InlineData("fixed")]
    [InlineData("balanced")]
    [InlineData("continued")]
    public void The_report_has_the_rule_and_the_penalty_of_each_iteration(string penalty)
    {
        using LaplaceOutcome run = LaplaceOutcome.Run([.. Options, "--solvers", "fft,cg", "--penalty", penalty]);
        Assert.Equal(penalty, run.Problem.GetProperty("penalty").GetString());
        Assert.Equal(Rho, run.Problem.GetProperty("rho").GetDouble());
        foreach (string solver in run.Solvers)
        {
            double[] rho = [.. run.Iterations(solver).Select(i => i.GetProperty("rho").GetDouble())];
            Assert.Equal(penalty == "continued" ? Rho / 128 : Rho, rho[0]);
            Assert.All(rho, value => Assert.Equal(0, Math.Log2(value / Rho) % 1));
            Assert.Equal(penalty == "balanced" ? rho.Min() : Rho, rho[^1]);
            Assert.Equal(penalty == "fixed", rho.Distinct().Count() == 1);
        }
    }

    /// <summary>
    /// Catches errors of z that are measured with another ρ than that of the iteration: they would be about 1.
    /// </summary>
    [Fact]
    public void Errors_are_those_of_the_current_penalty()
    {
        using LaplaceOutcome run = LaplaceOutcome.Run([.. Options, "--penalty", "balanced", "--certificate"]);
        foreach (string solver in run.Solvers.Except(["gd", "local", "learned-local"]))
        {
            Assert.InRange(run.Number(solver, "z_relative_error"), 0, 1e-5);
            Assert.All(
                run.Iterations(solver), i => Assert.InRange(i.GetProperty("residual").GetDouble(), 0, 1e-4));
        }

        Assert.InRange(run.Number("fft", "certificate"), run.Number("fft", "z_relative_error"), 1e-3);
    }

    /// <summary>
    /// Catches a rule that takes ρ out of the range of trained filters, or a solver that is skipped because it could:
    /// continuation would start at 2e-6, and the filters begin at 1e-4.
    /// </summary>
    [Fact]
    public void With_trained_filters_the_penalty_stays_in_their_range()
    {
        using LaplaceOutcome run = LaplaceOutcome.Run(
            "--size", "64", "--preset", "sparse", "--iterations", "12", "--penalty", "continued", "--solvers",
            "learned-local,fft");
        double[] filters = Penalties("learned-local");
        Assert.Equal(1.5e-4, filters[0], 1e-9);
        Assert.All(filters, rho => Assert.InRange(rho, 1e-4, 1));
        Assert.True(Penalties("fft")[0] < 1e-5);

        double[] Penalties(string solver) =>
            [.. run.Iterations(solver).Select(iteration => iteration.GetProperty("rho").GetDouble())];
    }

    /// <summary>Catches a learned network that runs with a ρ that it was not trained for.</summary>
    [Fact]
    public void Solvers_that_do_not_apply_at_every_penalty_are_skipped()
    {
        string[] preset = ["--size", "64", "--preset", "sparse", "--iterations", "3"];
        using LaplaceOutcome plain = LaplaceOutcome.Run(preset);
        using LaplaceOutcome balanced = LaplaceOutcome.Run([.. preset, "--penalty", "balanced"]);
        Assert.Contains("learned-linear", plain.Solvers);
        Assert.Equal(plain.Solvers.Except(["learned", "learned-linear"]), balanced.Solvers);
        Assert.Contains("ρ changes", balanced.Reason("learned"));
        Assert.Contains("no weights", balanced.Reason("learned-linear"));

        // Training for the initial ρ would not help.
        using LaplaceOutcome untrained = LaplaceOutcome.Run([.. preset, "--penalty", "balanced", "--rho", "0.5"]);
        Assert.Contains("ρ changes", untrained.Reason("learned-linear"));
        Assert.DoesNotContain("--rho 0.5", untrained.Reason("learned-linear"));
    }
}
