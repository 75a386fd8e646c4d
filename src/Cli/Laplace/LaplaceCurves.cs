using InfAdmm.Solvers.Laplace;

namespace InfAdmm.Cli.Laplace;

/// <summary>The curve of one solver.</summary>
/// <param name="Name">The name of the solver.</param>
/// <param name="Iterations">The iterations that are shown, one for each point.</param>
/// <param name="X">The iteration numbers, or the times in milliseconds.</param>
/// <param name="Objective">The objective of z at each point.</param>
internal sealed record Curve(
    string Name, IReadOnlyList<IterationReport> Iterations, double[] X, double[] Objective);

/// <summary>The data of a figure of <c>laplace</c>.</summary>
internal sealed class LaplaceCurves
{
    /// <summary>The relative distance to the reference that counts as reaching it.</summary>
    public const double Target = 1e-3;

    /// <summary>Takes the points from a report and drops those that a logarithmic axis cannot show.</summary>
    public LaplaceCurves(LaplaceReport report, bool againstTime)
    {
        AgainstTime = againstTime;
        Curves = [.. report.Solvers.Select(ToCurve).Where(curve => curve.X.Length > 0)];
        ReferenceName = report.ExactSolver;
        Final = report.ExactObjective ?? double.NaN;
    }

    /// <summary>Whether X is the time in milliseconds.</summary>
    public bool AgainstTime { get; }

    /// <summary>The curves, one per solver, in the order of the report.</summary>
    public IReadOnlyList<Curve> Curves { get; }

    /// <summary>The solver whose final objective is the reference for the others.</summary>
    public string ReferenceName { get; }

    /// <summary>The reference objective.</summary>
    public double Final { get; }

    /// <summary>The relative distance of the objective at each point of a curve to the reference.</summary>
    public double[] Distances(Curve curve) =>
        Array.ConvertAll(curve.Objective, objective => Math.Abs(objective / Final - 1));

    /// <summary>The decade of the smallest distance of all curves that is above rounding error.</summary>
    public double DistanceFloor()
    {
        double least = Curves.SelectMany(Distances).Where(distance => distance > 1e-6).DefaultIfEmpty(1e-4).Min();
        return Math.Pow(10, Math.Floor(Math.Log10(Math.Min(least, 1e-4))));
    }

    private Curve ToCurve(SolverReport solver)
    {
        IterationReport[] shown = [.. solver.Iterations.Where(i =>
            double.IsFinite(i.ObjectiveZ) && i.ObjectiveZ > 0 && (!AgainstTime || i.Seconds > 0))];
        return new Curve(
            solver.Name,
            shown,
            [.. shown.Select(i => AgainstTime ? i.Seconds * 1e3 : i.K)],
            [.. shown.Select(i => i.ObjectiveZ)]);
    }
}
