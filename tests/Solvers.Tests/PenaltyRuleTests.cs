using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.ZUpdate;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Solvers.Tests;

/// <summary>The decisions of the rules for ρ, from given residuals.</summary>
public sealed class PenaltyRuleTests
{
    /// <summary>
    /// Catches a rule that moves ρ in the wrong direction, or that compares residuals without their scales: in the
    /// first and second case the absolute residuals say the opposite.
    /// </summary>
    [Theory]
    [InlineData(1, 10, 1, 1000, 1)]
    [InlineData(10, 1, 1000, 1, -1)]
    [InlineData(1, 1, 1, 4, 0)]
    [InlineData(1, 1, 4, 1, 0)]
    [InlineData(1, 0, 1, 1, 1)]
    [InlineData(0, 1, 1, 1, -1)]
    [InlineData(0, 0, 1, 1, 0)]
    [InlineData(1, 0, 1, 0, 0)]
    [InlineData(double.NaN, 1, 1, 1, 0)]
    public void Balancing_compares_relative_residuals(
        double primal, double dual, double primalScale, double dualScale, int change)
    {
        var residuals = new AdmmResiduals(primal, dual, primalScale, dualScale, 0, 0);
        Assert.Equal(3 + change, new ResidualBalancing(ratio: 5).Next(1, 3, residuals));
    }

    /// <summary>Catches ρ that leaves the grid of a rule, also of a user's rule.</summary>
    [Fact]
    public void Rho_stays_within_the_limits()
    {
        var rule = new ResidualBalancing(iterations: 1000);
        int exponent = rule.FirstExponent;
        for (int k = 1; k <= 40; k++)
        {
            exponent = rule.Next(k, exponent, new AdmmResiduals(1, 0, 1, 1, 0, 0));
        }

        Assert.Equal(PenaltyRule.LargestExponent, exponent);
        Assert.Equal(3e-4 * 16384, PenaltyRule.Rho(3e-4, exponent));
        for (int k = 41; k <= 100; k++)
        {
            exponent = rule.Next(k, exponent, new AdmmResiduals(0, 1, 1, 1, 0, 0));
        }

        Assert.Equal(-PenaltyRule.LargestExponent, exponent);
        Assert.Equal(PenaltyRule.LargestExponent, new ScheduledPenalty(_ => 99).Next(1, 0, default));
        Assert.Equal(0, PenaltyRule.Fixed.Next(1, 5, default));
    }

    /// <summary>Catches a rule that changes ρ forever, with which ADMM need not converge.</summary>
    [Fact]
    public void Balancing_ends()
    {
        var rule = new ResidualBalancing(iterations: 10);
        var residuals = new AdmmResiduals(1, 0, 1, 1, 0, 0);
        Assert.True(rule.NeedsResiduals(10));
        Assert.Equal(1, rule.Next(10, 0, residuals));
        Assert.False(rule.NeedsResiduals(11));
        Assert.Equal(0, rule.Next(11, 0, residuals));
    }

    /// <summary>Catches a continuation that ends at another ρ, jumps, or ends late.</summary>
    [Theory]
    [InlineData(-7, 20)]
    [InlineData(7, 20)]
    [InlineData(-14, 1)]
    [InlineData(0, 3)]
    public void Continuation_moves_steadily_to_the_initial_rho(int first, int iterations)
    {
        var rule = new Continuation(first, iterations);
        List<int> exponents = [rule.FirstExponent];
        for (int k = 1; k < iterations + 5; k++)
        {
            Assert.False(rule.NeedsResiduals(k));
            exponents.Add(rule.Next(k, exponents[^1], default));
        }

        Assert.Equal(first, exponents[0]);
        Assert.All(exponents[iterations..], exponent => Assert.Equal(0, exponent));
        int largestStep = (int)Math.Ceiling(Math.Abs(first) / (double)iterations);
        Assert.All(
            exponents.Zip(exponents[1..], (a, b) => (b - a) * -Math.Sign(first)),
            step => Assert.InRange(step, 0, largestStep));
    }

    /// <summary>Catches rules that cannot work.</summary>
    [Fact]
    public void Arguments_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new ResidualBalancing(ratio: 0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ResidualBalancing(ratio: double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ResidualBalancing(iterations: -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Continuation(firstExponent: 15));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Continuation(firstExponent: -15));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Continuation(iterations: 0));
    }

    /// <summary>Catches a check of the initial ρ only.</summary>
    [Fact]
    public void A_solver_for_one_rho_is_refused_by_rules_that_change_it() => Fixture.OnDevice(device =>
    {
        using var problem = LaplaceProblem.Draw(device, LaplaceSettings.Sparse with { Size = 32 }, seed: 1);
        var context = new ZSolverContext(problem.Operator, problem.Y, 3e-4);
        var solver = new CountingSolver(onlyRho: 3e-4);
        Assert.Null(PenaltyRule.Fixed.WhyNot(solver, context));
        Assert.Null(new Continuation(firstExponent: 0).WhyNot(solver, context));
        foreach (PenaltyRule rule in (PenaltyRule[])[new ResidualBalancing(), new Continuation()])
        {
            Assert.Contains("one ρ only", rule.WhyNot(solver, context));
            Assert.Null(rule.WhyNot(ZSolvers.Find("fft"), context));
        }

        Assert.Contains("overlap", PenaltyRule.Fixed.WhyNot(ZSolvers.Find("scalar"), context));
    });
}
