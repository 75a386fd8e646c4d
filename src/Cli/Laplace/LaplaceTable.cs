using InfAdmm.Cli.Terminal;
using InfAdmm.Solvers.Laplace;

namespace InfAdmm.Cli.Laplace;

/// <summary>
/// The table that <c>laplace</c> prints: one line per solver, then the certificates, then the skipped solvers with the
/// reason. Headers are short so that a line fits a terminal of 80 columns.
/// </summary>
internal static class LaplaceTable
{
    private static readonly Column[] Columns =
    [
        new("solver", AlignRight: false),
        new("set-up"),
        new("iteration"),
        new("inner"),
        new("z error"),
        new("obj. x"),
        new("obj. z"),
        new("to 0.1 %"),
        new("vs cg"),
    ];

    /// <summary>Prints the table.</summary>
    public static void Write(CommandOutput output, LaplaceReport report)
    {
        output.Table(Build(report));
        foreach (string certificate in Certificates(report))
        {
            output.Line(certificate);
        }

        foreach (SkippedSolver skipped in report.Skipped)
        {
            output.Line($"skipped {skipped.Name}: {skipped.Reason}");
        }
    }

    /// <summary>Builds the table; the shortest time of each column is highlighted.</summary>
    public static TextTable Build(LaplaceReport report)
    {
        double? bestPerIteration = report.Solvers.Min(solver => solver.SecondsPerIteration);
        double? bestTotal = report.Solvers.Min(solver => solver.SecondsTo01Percent);
        return new TextTable(Columns, [.. report.Solvers.Select(Row)]);

        Cell[] Row(SolverReport solver) =>
        [
            solver.Name,
            Units.Time(solver.SetupSeconds),
            Emphasize(Units.Time(solver.SecondsPerIteration), solver.SecondsPerIteration, bestPerIteration),
            Units.Count(solver.MedianInnerIterations),
            Units.Error(solver.ZRelativeError),
            Units.Objective(solver.FinalObjectiveX),
            Units.Objective(solver.FinalObjectiveZ),
            Emphasize(Units.Time(solver.SecondsTo01Percent), solver.SecondsTo01Percent, bestTotal),
            Units.Ratio(solver.SpeedupVsCg),
        ];
    }

    /// <summary>The certificate of each solver; none if they were not asked for.</summary>
    public static IEnumerable<string> Certificates(LaplaceReport report) => report.Solvers
        .Where(_ => report.IsCertified)
        .Select(solver => $"certificate {solver.Name}: " + Units.Certificate(
            solver.Certificate, solver.GuardedSteps,
            FormattableString.Invariant($"{solver.Iterations.Count} iterations")));

    private static Cell Emphasize(string text, double? value, double? best) =>
        new(text, value is not null && value == best ? CellStyle.Best : CellStyle.Plain);
}
