using System.Text.Json.Serialization;
using MathNet.Numerics.Statistics;

namespace InfAdmm.Solvers.Laplace;

/// <summary>The results of all solvers on one problem.</summary>
/// <param name="Recorded">What each computed, by name.</param>
/// <param name="ExactSolver">The cheapest exact solver for the operator.</param>
/// <param name="Exact">What it computed in residual form, whether or not it was asked for: goal and estimate.</param>
/// <param name="Reports">What each is reported with, in order.</param>
public sealed record LaplaceResults(
    IReadOnlyDictionary<string, RecordedRun> Recorded, string ExactSolver, RecordedRun Exact,
    IReadOnlyList<SolverReport> Reports);

/// <summary>How one solver did.</summary>
/// <param name="Name">The z-solver.</param>
/// <param name="SetupSeconds">Time before the first iteration.</param>
/// <param name="Iterations">In order.</param>
/// <param name="FinalObjectiveX">Of x after the last iteration.</param>
/// <param name="FinalObjectiveZ">Of z after the last iteration.</param>
/// <param name="ZRelativeError">The largest over the iterations, against the exact z from the same q and y.</param>
/// <param name="SecondsTo01Percent">Until the objective of z is within 0.1 % of the exact solver's last.</param>
/// <param name="SpeedupVsCg">How many times shorter that is than cg's.</param>
/// <param name="AllocatedBytesPerIteration">Managed memory.</param>
public sealed record SolverReport(
    string Name,
    double SetupSeconds,
    IReadOnlyList<IterationReport> Iterations,
    double FinalObjectiveX,
    double FinalObjectiveZ,
    double? ZRelativeError,
    [property: JsonPropertyName("seconds_to_0.1_percent")] double? SecondsTo01Percent,
    double? SpeedupVsCg,
    double? AllocatedBytesPerIteration)
{
    /// <summary>The mean time of an iteration.</summary>
    [JsonIgnore]
    public double? SecondsPerIteration => Iterations.Count == 0 ? null : Iterations[^1].Seconds / Iterations.Count;

    /// <summary>The median count of inner iterations; null for solvers without an inner loop.</summary>
    [JsonIgnore]
    public double? MedianInnerIterations => MedianInnerIterationsOf(Iterations);

    /// <summary>The median count of inner iterations; null for iterations without an inner loop.</summary>
    public static double? MedianInnerIterationsOf(IEnumerable<IterationReport> iterations)
    {
        double[] counts = [.. iterations.Select(iteration => iteration.InnerIterations).OfType<int>()];
        return counts.Length == 0 ? null : counts.Median();
    }
}

/// <summary>One iteration.</summary>
/// <param name="K">From 1.</param>
/// <param name="Seconds">From the start of iteration 1 to the end of this one, evaluation excluded.</param>
/// <param name="ObjectiveX">The objective of x.</param>
/// <param name="ObjectiveZ">The objective of z.</param>
/// <param name="Primal">‖x − z‖.</param>
/// <param name="Dual">2ρ‖z − z before‖.</param>
/// <param name="InnerIterations">Of the z-solver; null if it has no inner loop.</param>
/// <param name="Residual">Of the z-update's normal equations, relative: measured alike for every solver.</param>
public sealed record IterationReport(
    int K,
    double Seconds,
    double ObjectiveX,
    double ObjectiveZ,
    double Primal,
    double Dual,
    int? InnerIterations,
    double? Residual);
