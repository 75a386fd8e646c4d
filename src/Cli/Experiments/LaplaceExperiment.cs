using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.Normal;

namespace InfAdmm.Cli;

/// <summary>The results of all solvers on one problem.</summary>
/// <param name="Recorded">What each computed, by name.</param>
/// <param name="Reports">What each is reported with, in order.</param>
internal sealed record LaplaceResults(
    IReadOnlyDictionary<string, RecordedRun> Recorded, IReadOnlyList<SolverReport> Reports);

/// <summary>
/// The comparison: every solver is recorded once, which also warms it up, and then timed in rounds, one run of each a
/// round, so that a slow moment of the machine does not fall on one solver alone.
/// </summary>
internal static class LaplaceExperiment
{
    private const double Closeness = 0.001;

    /// <summary>The solvers that end at the minimiser, from the most to the least direct.</summary>
    private static readonly string[] Exact =
    [
        SolverNames.Fft, SolverNames.Cholesky, SolverNames.Scalar, SolverNames.Cg, SolverNames.CgImage,
        SolverNames.GradientDescent,
    ];

    /// <summary>The name of the solver that others are measured against, of those that ran.</summary>
    public static string? ExactOf(IEnumerable<string> solvers) => Exact.FirstOrDefault(solvers.Contains);

    /// <summary>Runs the solvers.</summary>
    public static LaplaceResults Run(
        LaplaceProblem problem, ZSolverContext context, int iterations, IReadOnlyList<string> solvers, int repeat,
        CommandOutput output, CancellationToken cancellation)
    {
        using var run = new LaplaceRun(problem, context, iterations);
        var reference = new ExactReference(problem.Operator, problem.Y, context.Rho);
        var recorded = new Dictionary<string, RecordedRun>();
        var timed = solvers.ToDictionary(solver => solver, _ => new List<TimedRun>());
        double exactObjective = 0;
        output.Progress("laplace", line =>
        {
            double pieces = solvers.Count * (1 + repeat);
            int done = 0;
            foreach (string solver in solvers)
            {
                line.Update(done++ / pieces, $"recording {solver}");
                recorded[solver] = run.Record(solver, reference, cancellation);
            }

            // The goal of "within 0.1 %" exists whether or not the user asked for an exact solver.
            string? exact = ExactOf(solvers);
            exactObjective = (exact is null ? run.Record(SolverNames.Fft, null, cancellation) : recorded[exact])
                .Records[^1].ObjectiveZ;
            for (int round = 0; round < repeat; round++)
            {
                foreach (string solver in solvers)
                {
                    line.Update(done++ / pieces, $"timing {solver}");
                    timed[solver].Add(run.Time(solver, cancellation));
                }
            }
        });
        SolverReport[] reports = [.. solvers.Select(s => Report(s, recorded[s], timed[s], exactObjective))];
        double? conjugateGradients = reports.FirstOrDefault(r => r.Name == SolverNames.Cg)?.SecondsTo01Percent;
        return new LaplaceResults(
            recorded, [.. reports.Select(r => r with { SpeedupVsCg = conjugateGradients / r.SecondsTo01Percent })]);
    }

    private static SolverReport Report(string name, RecordedRun recorded, List<TimedRun> runs, double goal)
    {
        TimedRun median = runs.OrderBy(run => run.Seconds[^1]).ElementAt(runs.Count / 2);
        IterationReport[] iterations =
            [.. recorded.Records.Select((record, k) => record with { Seconds = median.Seconds[k] })];
        double setup = runs.Select(run => run.SetupSeconds).Order().ElementAt(runs.Count / 2);

        // A collection that another thread causes charges this one with the rest of its allocation window.
        double allocated = runs.Min(run => run.AllocatedBytesPerIteration);
        return new SolverReport(
            name,
            setup,
            iterations,
            iterations[^1].ObjectiveX,
            iterations[^1].ObjectiveZ,
            recorded.ZRelativeError,
            SecondsToGoal(iterations, goal),
            null,
            allocated);
    }

    /// <summary>
    /// The end of the first iteration from which on the objective of z stays within 0.1 % of the goal.
    /// </summary>
    private static double? SecondsToGoal(IterationReport[] iterations, double goal)
    {
        int last = Array.FindLastIndex(
            iterations, record => !(Math.Abs(record.ObjectiveZ - goal) <= Closeness * Math.Abs(goal)));
        return last == iterations.Length - 1 ? null : iterations[last + 1].Seconds;
    }
}
