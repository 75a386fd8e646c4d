using InfAdmm.Engine;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.ZUpdate;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Solvers.Tests;

/// <summary>Whole runs with a ρ that changes.</summary>
public sealed class ChangingPenaltyTests
{
    private const double GoodRho = 3e-4;
    private static readonly LaplaceSettings Settings = LaplaceSettings.Sparse with { Size = 64 };

    /// <summary>
    /// Catches a rule that does not help from a bad ρ, and a loop that converges to the minimiser of another problem,
    /// such as one whose threshold is still that of the initial ρ.
    /// </summary>
    [Theory]
    [InlineData(100 * GoodRho)]
    [InlineData(GoodRho / 100)]
    public void Balancing_reaches_the_same_minimiser_from_a_bad_rho(double rho) => Fixture.OnDevice(device =>
    {
        using var problem = LaplaceProblem.Draw(device, Settings, seed: 0);
        RecordedRun good = Record(problem, GoodRho, PenaltyRule.Fixed, 1500);
        RecordedRun balanced = Record(problem, rho, new ResidualBalancing(), 1500);
        RecordedRun bad = Record(problem, rho, PenaltyRule.Fixed, 500);
        double optimum = good.Records[^1].ObjectiveZ;
        Assert.InRange(IterationsTo(balanced, optimum), 2, 300);
        Assert.Equal(bad.Records.Count, IterationsTo(bad, optimum));
        Assert.InRange(RelativeDistance(balanced.X, good.X), 0, 1e-3);
        Assert.InRange(balanced.Records[^1].Rho, GoodRho / 10, GoodRho * 10);
    });

    /// <summary>Catches a continuation that does not end at the minimiser.</summary>
    [Fact]
    public void Continuation_reaches_the_same_minimiser() => Fixture.OnDevice(device =>
    {
        using var problem = LaplaceProblem.Draw(device, Settings, seed: 0);
        RecordedRun good = Record(problem, GoodRho, PenaltyRule.Fixed, 1000);
        foreach (int first in (int[])[-7, 7])
        {
            RecordedRun continued = Record(problem, GoodRho, new Continuation(first), 1000);
            Assert.InRange(RelativeDistance(continued.X, good.X), 0, 1e-3);
            Assert.Equal(Math.ScaleB(GoodRho, first), continued.Records[0].Rho);
        }
    });

    /// <summary>
    /// Catches a change of ρ that scales w instead of keeping the dual, or keeps the old threshold: at the minimiser,
    /// either would move z away from x.
    /// </summary>
    [Theory]
    [InlineData(2)]
    [InlineData(-2)]
    public void A_change_at_the_minimiser_stays_there(int exponent) => Fixture.OnDevice(device =>
    {
        using var problem = LaplaceProblem.Draw(device, Settings, seed: 0);
        var rule = new ScheduledPenalty(k => k < 800 ? 0 : exponent);
        RecordedRun run = Record(problem, GoodRho, rule, 802);
        IterationReport before = run.Records[799];
        IterationReport after = run.Records[800];
        Assert.Equal((GoodRho, Math.ScaleB(GoodRho, exponent)), (before.Rho, after.Rho));
        double scale = Math.Sqrt(run.X.Sum(value => value * value));
        Assert.InRange(after.Primal, 0, 2 * before.Primal + 1e-4 * scale);
    });

    /// <summary>
    /// Catches a reference, a residual or a certificate that uses another ρ than the iteration: the error would be far
    /// larger than rounding. The periodic blur and the zero boundary have different references.
    /// </summary>
    [Theory]
    [InlineData(Boundary.Periodic, "fft")]
    [InlineData(Boundary.Periodic, "cg")]
    [InlineData(Boundary.Zero, "cholesky")]
    public void Errors_are_those_of_the_current_rho(Boundary boundary, string solver) => Fixture.OnDevice(device =>
    {
        using var problem = LaplaceProblem.Draw(device, Settings with { Size = 32, Boundary = boundary }, seed: 0);
        var context = new ZSolverContext(problem.Operator, problem.Y, 0.03) { GuardTolerance = 1e-3 };
        var reference = ExactReference.Create(problem.Operator, problem.Y, 0.03)!;
        using var run = new LaplaceRun(problem, context, 20) { Penalty = new ScheduledPenalty(k => k % 3 * -4) };
        RecordedRun recorded = run.Record(ZSolvers.Find(solver), reference, CancellationToken.None);
        Assert.InRange(recorded.ZRelativeError!.Value, 0, 1e-5);
        Assert.InRange(recorded.Certificate!.Value, recorded.ZRelativeError.Value, 1e-3);
        Assert.All(recorded.Records, record => Assert.InRange(record.Residual!.Value, 0, 1e-4));
    });

    /// <summary>
    /// Catches updates that are created again for the same ρ, are not disposed, or have another ρ, and a number of
    /// guarded steps that counts one update only.
    /// </summary>
    [Fact]
    public void Each_rho_has_one_update() => Fixture.OnDevice(device =>
    {
        using var problem = LaplaceProblem.Draw(device, Settings, seed: 0);
        var context = new ZSolverContext(problem.Operator, problem.Y, 0.5);
        var solver = new CountingSolver();
        using var run = new LaplaceRun(problem, context, 6) { Penalty = new ScheduledPenalty(k => k % 2) };
        RecordedRun recorded = run.Record(solver, null, CancellationToken.None);
        Assert.Equal([0.5, 1], solver.Created);
        Assert.Equal([0.5, 1, 0.5, 1, 0.5, 1], solver.Solved);
        Assert.Equal(solver.Solved, recorded.Records.Select(record => record.Rho));
        Assert.Equal(6, recorded.GuardedSteps);
        Assert.Equal(solver.Created, solver.Disposed);
    });

    /// <summary>
    /// Catches a run that reuses an expensive update of an earlier run without counting its set-up, and guarded steps
    /// of the earlier run that count again.
    /// </summary>
    [Fact]
    public void Expensive_updates_are_created_once_and_counted_in_every_run() => Fixture.OnDevice(device =>
    {
        const double Setup = 1.05;
        using var problem = LaplaceProblem.Draw(device, Settings, seed: 0);
        var solver = new CountingSolver(setupSeconds: Setup);
        using (var run = new LaplaceRun(problem, new ZSolverContext(problem.Operator, problem.Y, 0.5), 3)
        {
            Penalty = new ScheduledPenalty(k => k),
        })
        {
            run.Record(solver, null, CancellationToken.None);
            Assert.Equal(3, run.Record(solver, null, CancellationToken.None).GuardedSteps);
            TimedRun timed = run.Time(solver, CancellationToken.None);
            Assert.Equal([0.5, 1, 2], solver.Created);
            Assert.Empty(solver.Disposed);
            Assert.InRange(timed.SetupSeconds, Setup, double.PositiveInfinity);
            Assert.InRange(timed.Seconds[0], 0, Setup);
            Assert.InRange(timed.Seconds[1], Setup, 2 * Setup);
            Assert.InRange(timed.Seconds[2], 2 * Setup, double.PositiveInfinity);
        }

        Assert.Equal(solver.Created, solver.Disposed);
    });

    /// <summary>Catches timed runs with another ρ than the recorded run, whose results they belong to.</summary>
    [Fact]
    public void Timed_runs_have_the_rho_of_the_recorded_run() => Fixture.OnDevice(device =>
    {
        using var problem = LaplaceProblem.Draw(device, Settings, seed: 0);
        var solver = new CountingSolver();
        using var run = new LaplaceRun(problem, new ZSolverContext(problem.Operator, problem.Y, 0.03), 40)
        {
            Penalty = new ResidualBalancing(),
        };
        RecordedRun recorded = run.Record(solver, null, CancellationToken.None);
        double[] rho = [.. solver.Solved];
        Assert.InRange(rho.Distinct().Count(), 4, 20);
        Assert.Equal(rho, recorded.Records.Select(record => record.Rho));
        solver.Solved.Clear();
        TimedRun timed = run.Time(solver, CancellationToken.None);
        Assert.Equal(rho, solver.Solved);
        Assert.Equal(timed.Seconds.Order(), timed.Seconds);
        Assert.Equal(40, timed.Seconds.Length);
    });

    /// <summary>Catches residuals that are computed for a rule that does not ask for them.</summary>
    [Fact]
    public void Residuals_are_computed_only_if_the_rule_needs_them() => Fixture.OnDevice(device =>
    {
        using var problem = LaplaceProblem.Draw(device, Settings, seed: 0);
        foreach (bool wanted in (bool[])[false, true])
        {
            var rule = new ScheduledPenalty(_ => 0) { WantsResiduals = wanted };
            using var run = new LaplaceRun(problem, new ZSolverContext(problem.Operator, problem.Y, GoodRho), 3)
            {
                Penalty = rule,
            };
            run.Time(ZSolvers.Find("fft"), CancellationToken.None);
            Assert.Equal(2, rule.Seen.Count);
            Assert.All(rule.Seen, residuals => Assert.Equal(wanted, residuals.Primal > 0));
        }
    });

    private static RecordedRun Record(LaplaceProblem problem, double rho, PenaltyRule rule, int iterations)
    {
        using var run = new LaplaceRun(problem, new ZSolverContext(problem.Operator, problem.Y, rho), iterations)
        {
            Penalty = rule,
        };
        return run.Record(ZSolvers.Find("fft"), null, CancellationToken.None);
    }

    private static int IterationsTo(RecordedRun run, double optimum) =>
        1 + run.Records.ToList().FindLastIndex(r => !(Math.Abs(r.ObjectiveZ - optimum) <= 1e-3 * optimum));

    private static double RelativeDistance(float[] actual, float[] expected) =>
        Math.Sqrt(actual.Zip(expected, (a, b) => (a - b) * (a - b)).Sum() / expected.Sum(value => value * value));
}
