using System.Text.Json.Serialization;
using MathNet.Numerics.Statistics;

namespace InfAdmm.Solvers.Laplace;

/// <summary>The results of all solvers on one problem.</summary>
/// <param name="Recorded">The recorded results of each solver, by name.</param>
/// <param name="ExactSolver">The cheapest exact solver for the operator.</param>
/// <param name="Exact">
/// The recorded results of the exact solver in residual form, the reference; computed even if not requested.
/// </param>
/// <param name="Reports">The report of each solver that did not fail, in order.</param>
/// <param name="Failed">The solvers that failed.</param>
public sealed record LaplaceResults(
    IReadOnlyDictionary<string, RecordedRun> Recorded, string ExactSolver, RecordedRun Exact,
    IReadOnlyList<SolverReport> Reports, IReadOnlyList<FailedSolver> Failed)
{
    /// <summary>
    /// Whether the errors of z are known: there was a double-precision reference, and it did not take too long.
    /// </summary>
    public bool HasReference { get; init; } = true;
}

/// <summary>A solver that could not finish the run.</summary>
/// <param name="Name">The name of the z-solver.</param>
/// <param name="Reason">What happened, with the name of the solver.</param>
public sealed record FailedSolver(string Name, string Reason);

/// <summary>The results of one solver.</summary>
/// <param name="Name">The name of the z-solver.</param>
/// <param name="SetupSeconds">The time before the first iteration, in seconds.</param>
/// <param name="Iterations">The iterations, in order.</param>
/// <param name="FinalObjectiveX">The objective of x after the last iteration.</param>
/// <param name="FinalObjectiveZ">The objective of z after the last iteration.</param>
/// <param name="ZRelativeError">
/// The largest relative error of z over the iterations, relative to the exact z for the same q and y.
/// </param>
/// <param name="Certificate">
/// The largest bound on that error over the iterations; null if it was not asked for, or the solver has no solution on
/// the measurement grid.
/// </param>
/// <param name="GuardedSteps">
/// The number of iterations that conjugate gradients had to improve; null for a solver without a guard.
/// </param>
/// <param name="SecondsTo01Percent">
/// The time until the objective of z is within 0.1 % of the exact solver's final objective.
/// </param>
/// <param name="SpeedupVsCg">The time of cg to the same goal divided by <paramref name="SecondsTo01Percent"/>.</param>
/// <param name="AllocatedBytesPerIteration">The managed memory allocated per iteration, in bytes.</param>
public sealed record SolverReport(
    string Name,
    double SetupSeconds,
    IReadOnlyList<IterationReport> Iterations,
    double FinalObjectiveX,
    double FinalObjectiveZ,
    double? ZRelativeError,
    double? Certificate,
    int? GuardedSteps,
    [property: JsonPropertyName("seconds_to_0.1_percent")] double? SecondsTo01Percent,
    double? SpeedupVsCg,
    double? AllocatedBytesPerIteration)
{
    /// <summary>The mean time of an iteration, in seconds.</summary>
    [JsonIgnore]
    public double? SecondsPerIteration => Iterations.Count == 0 ? null : Iterations[^1].Seconds / Iterations.Count;

    /// <summary>The median number of inner iterations; null for solvers without an inner loop.</summary>
    [JsonIgnore]
    public double? MedianInnerIterations => MedianInnerIterationsOf(Iterations);

    /// <summary>The median number of inner iterations; null for iterations without an inner loop.</summary>
    public static double? MedianInnerIterationsOf(IEnumerable<IterationReport> iterations)
    {
        double[] counts = [.. iterations.Select(iteration => iteration.InnerIterations).OfType<int>()];
        return counts.Length == 0 ? null : counts.Median();
    }
}

/// <summary>The results of one iteration.</summary>
/// <param name="K">The iteration number, from 1.</param>
/// <param name="Seconds">
/// The time from the start of iteration 1 to the end of this one, without the evaluation of results.
/// </param>
/// <param name="ObjectiveX">The objective of x.</param>
/// <param name="ObjectiveZ">The objective of z.</param>
/// <param name="Primal">‖x − z‖.</param>
/// <param name="Dual">2ρ‖z − previous z‖.</param>
/// <param name="InnerIterations">The inner iterations of the z-solver; null if it has no inner loop.</param>
/// <param name="Residual">
/// The relative residual of the normal equations of the z-update, computed in the same way for every solver.
/// </param>
/// <param name="Rho">The penalty ρ of this iteration.</param>
public sealed record IterationReport(
    int K,
    double Seconds,
    double ObjectiveX,
    double ObjectiveZ,
    double Primal,
    double Dual,
    int? InnerIterations,
    double? Residual,
    double Rho);
