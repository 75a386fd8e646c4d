using InfAdmm.Solvers.ZUpdate;
using MathNet.Numerics.Statistics;

namespace InfAdmm.Solvers.Laplace;

/// <summary>
/// The comparison of z-solvers. Every solver is recorded once, which also warms it up, and then timed in rounds with
/// one run of each solver, so that other load on the machine does not affect only one of them.
/// </summary>
public static class LaplaceExperiment
{
    private const double Closeness = 0.001;

    // For all z-updates together, and the limits of a single one.
    private const double MostReferenceSeconds = 600;
    private const double UsualUpdateSeconds = 0.5;
    private const double MostUpdateSeconds = 10;

    /// <summary>Runs the solvers.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="context">
    /// The arguments for the solvers; its operator, measurement and ρ are those of the problem.
    /// </param>
    /// <param name="iterations">The number of ADMM iterations.</param>
    /// <param name="solvers">Solvers that apply: some of <see cref="ZSolvers.All"/>, or the caller's own.</param>
    /// <param name="repeat">The number of timed runs of each solver, at least 1; the median counts.</param>
    /// <param name="penalty">
    /// The rule for ρ, with which the solvers must be usable (<see cref="PenaltyRule.WhyNot"/>); null for a fixed ρ.
    /// </param>
    /// <param name="progress">Called with the fraction done, 0 to 1, and the name of the next part.</param>
    /// <param name="cancellation">
    /// Stops the experiment between two iterations; if the inner loops of the context have it too, also within one.
    /// </param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ArithmeticException">
    /// Every solver failed: a result is not finite (the message says of which solver), or a guarded z-update cannot reach
    /// its tolerance. If only some fail, they are in <see cref="LaplaceResults.Failed"/>.
    /// </exception>
    /// <exception cref="ArgumentException">The context is that of another problem.</exception>
    public static LaplaceResults Run(
        LaplaceProblem problem, ZSolverContext context, int iterations, IReadOnlyList<ZSolver> solvers, int repeat,
        PenaltyRule? penalty = null, Action<double, string>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(iterations, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(repeat, 1);
        if (context.Operator != problem.Operator || context.Y != problem.Y)
        {
            throw new ArgumentException("the context must have the operator and the measurement of the problem");
        }

        penalty ??= PenaltyRule.Fixed;
        double pieces = solvers.Count * (1 + repeat);
        int done = 0;
        string recording = "";
        using var run = new LaplaceRun(problem, context, iterations)
        {
            Penalty = penalty,
            Recorded = iteration => progress?.Invoke((done + iteration / (double)iterations) / pieces, recording),
        };
        progress?.Invoke(0, "solving in double precision");
        ExactReference? reference = Reference(problem, context.Rho, iterations * solvers.Count, cancellation);
        var recorded = new Dictionary<string, RecordedRun>();
        var failures = new List<FailedSolver>();
        var timed = solvers.ToDictionary(solver => solver.Name, _ => new List<TimedRun>());
        foreach (ZSolver solver in solvers)
        {
            recording = $"recording {solver.Name}";
            progress?.Invoke(done / pieces, recording);
            try
            {
                recorded[solver.Name] = run.Record(solver, reference, cancellation);
            }
            catch (ArithmeticException failure) when (failures.Count + 1 < solvers.Count)
            {
                failures.Add(new FailedSolver(solver.Name, failure.Message));
            }

            done++;
        }

        solvers = [.. solvers.Where(solver => recorded.ContainsKey(solver.Name))];
        RecordedRun exact = RecordExact(problem, context, iterations, penalty, recorded, cancellation);
        for (int round = 0; round < repeat; round++)
        {
            foreach (ZSolver solver in solvers)
            {
                progress?.Invoke(done++ / pieces, $"timing {solver.Name}");
                timed[solver.Name].Add(run.Time(solver, cancellation));
            }
        }

        double goal = exact.Records[^1].ObjectiveZ;
        SolverReport[] reports = [.. solvers.Select(s => Report(s.Name, recorded[s.Name], timed[s.Name], goal))];
        double? conjugateGradients =
            reports.FirstOrDefault(r => r.Name == ConjugateGradientInverse.Solver.Name)?.SecondsTo01Percent;
        return new LaplaceResults(
            recorded, ZSolvers.CheapestExact(problem.Operator).Name, exact,
            [.. reports.Select(r => r with { SpeedupVsCg = conjugateGradients / r.SecondsTo01Percent })], failures)
        {
            HasReference = reference is not null,
        };
    }

    /// <summary>
    /// The double-precision reference; null if there is none, or the first z-update takes so long that those of all
    /// iterations and solvers would take hours.
    /// </summary>
    private static ExactReference? Reference(
        LaplaceProblem problem, double rho, int updates, CancellationToken cancellation)
    {
        if (ExactReference.Create(problem.Operator, problem.Y, rho) is not { } reference)
        {
            return null;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(Math.Clamp(MostReferenceSeconds / updates, UsualUpdateSeconds, MostUpdateSeconds)));
        try
        {
            reference.Solve(new double[problem.Operator.ImageShape.Count], limit.Token);
            return reference;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    private static RecordedRun RecordExact(
        LaplaceProblem problem, ZSolverContext context, int iterations, PenaltyRule penalty,
        Dictionary<string, RecordedRun> recorded, CancellationToken cancellation)
    {
        ZSolver exact = ZSolvers.CheapestExact(problem.Operator);
        if (context.Update == UpdateForm.Residual && recorded.TryGetValue(exact.Name, out RecordedRun? asked))
        {
            return asked;
        }

        ZSolverContext plain = context with { Update = UpdateForm.Residual, GuardTolerance = null };
        using var run = new LaplaceRun(problem, plain, iterations) { Penalty = penalty };
        return run.Record(exact, null, cancellation);
    }

    private static SolverReport Report(string name, RecordedRun recorded, List<TimedRun> runs, double goal)
    {
        TimedRun median = runs.OrderBy(run => run.Seconds[^1]).ElementAt(runs.Count / 2);
        IterationReport[] iterations =
            [.. recorded.Records.Select((record, k) => record with { Seconds = median.Seconds[k] })];
        double setup = runs.Select(run => run.SetupSeconds).Median();

        // A garbage collection on another thread adds the rest of this thread's allocation window to its count.
        double allocated = runs.Min(run => run.AllocatedBytesPerIteration);
        return new SolverReport(
            name,
            setup,
            iterations,
            iterations[^1].ObjectiveX,
            iterations[^1].ObjectiveZ,
            recorded.ZRelativeError,
            recorded.Certificate,
            recorded.GuardedSteps,
            SecondsToGoal(iterations, goal),
            null,
            allocated);
    }

    /// <summary>
    /// The time at the end of the first iteration after which the objective of z stays within 0.1 % of the goal.
    /// </summary>
    private static double? SecondsToGoal(IterationReport[] iterations, double goal)
    {
        int last = Array.FindLastIndex(
            iterations, record => !(Math.Abs(record.ObjectiveZ - goal) <= Closeness * Math.Abs(goal)));
        return last == iterations.Length - 1 ? null : iterations[last + 1].Seconds;
    }
}
