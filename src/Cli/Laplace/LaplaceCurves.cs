using InfAdmm.Solvers.Laplace;

namespace InfAdmm.Cli.Laplace;

/// <summary>One solver's points.</summary>
/// <param name="Name">Of the solver.</param>
/// <param name="X">Iterations, or milliseconds.</param>
/// <param name="Objective">Of z.</param>
internal sealed record Curve(string Name, double[] X, double[] Objective);

/// <summary>The numbers that a figure of <c>laplace</c> shows.</summary>
internal sealed class LaplaceCurves
{
    /// <summary>Takes the points from a report, without those that no axis can show.</summary>
    public LaplaceCurves(LaplaceReport report, bool againstTime)
    {
        AgainstTime = againstTime;
        Curves = [.. report.Solvers.Select(ToCurve).Where(curve => curve.X.Length > 0)];
        ReferenceName = report.ExactSolver;
        Final = report.ExactObjective ?? double.NaN;
    }

    /// <summary>True if X is milliseconds.</summary>
    public bool AgainstTime { get; }

    /// <summary>One a solver, in the order of the report.</summary>
    public IReadOnlyList<Curve> Curves { get; }

    /// <summary>The solver whose last objective the others are compared with.</summary>
    public string ReferenceName { get; }

    /// <summary>That objective.</summary>
    public double Final { get; }

    private Curve ToCurve(SolverReport solver)
    {
        IterationReport[] shown = [.. solver.Iterations.Where(i =>
            double.IsFinite(i.ObjectiveZ) && i.ObjectiveZ > 0 && (!AgainstTime || i.Seconds > 0))];
        return new Curve(
            solver.Name,
            [.. shown.Select(i => AgainstTime ? i.Seconds * 1e3 : i.K)],
            [.. shown.Select(i => i.ObjectiveZ)]);
    }
}
