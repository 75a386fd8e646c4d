using System.Text.Json.Serialization;

namespace InfAdmm.Cli;

/// <summary>The JSON of <c>laplace</c>, and what its table and figures are made from. Null: does not apply.</summary>
internal sealed record LaplaceReport(
    string Command,
    string Version,
    ReportedDevice Device,
    ProblemReport Problem,
    IReadOnlyList<SolverReport> Solvers,
    IReadOnlyList<SkippedSolver> Skipped)
{
    /// <summary>The last objective of z of the closed form, which table and figures measure against.</summary>
    [JsonIgnore]
    public double? ExactObjective { get; init; }
}

/// <summary>What computed the results.</summary>
internal sealed record ReportedDevice(string Name, int Threads);

/// <summary>The problem that was solved.</summary>
/// <param name="Preset">What the options started from.</param>
/// <param name="Size">Height of x, and its width unless a measurement of the user's is not square.</param>
/// <param name="Stride">The decimation.</param>
/// <param name="Channels">Channels of x and y.</param>
/// <param name="Kernel">The blur as it was typed.</param>
/// <param name="Sigma">Standard deviation of the noise.</param>
/// <param name="Scale">The scale b of the prior.</param>
/// <param name="Density">The share of pixels drawn; null for a measurement of the user's.</param>
/// <param name="Rho">The penalty ρ.</param>
/// <param name="Iterations">Of ADMM.</param>
/// <param name="Seed">Of the draw.</param>
/// <param name="Update">residual or published.</param>
/// <param name="Refine">Refinement steps of the learned solvers.</param>
/// <param name="Measurements">The count of values in y.</param>
/// <param name="ObjectiveAtZero">The objective of x = 0.</param>
/// <param name="FinalNonzeroFraction">The share of x that is not 0 after the exact solver's last iteration.</param>
internal sealed record ProblemReport(
    string Preset,
    int Size,
    int Stride,
    int Channels,
    string Kernel,
    double Sigma,
    double Scale,
    double? Density,
    double Rho,
    int Iterations,
    ulong Seed,
    string Update,
    int Refine,
    long Measurements,
    double ObjectiveAtZero,
    double? FinalNonzeroFraction);

/// <summary>How one solver did.</summary>
/// <param name="Name">One of <see cref="SolverNames"/>.</param>
/// <param name="SetupSeconds">Time before the first iteration.</param>
/// <param name="Iterations">In order.</param>
/// <param name="FinalObjectiveX">Of x after the last iteration.</param>
/// <param name="FinalObjectiveZ">Of z after the last iteration.</param>
/// <param name="ZRelativeError">The largest over the iterations, against the exact z from the same q and y.</param>
/// <param name="SecondsTo01Percent">Until the objective of z is within 0.1 % of the exact solver's last.</param>
/// <param name="SpeedupVsCg">How many times shorter that is than cg's.</param>
/// <param name="AllocatedBytesPerIteration">Managed memory.</param>
internal sealed record SolverReport(
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
    public double? MedianInnerIterations
    {
        get
        {
            int[] counts = [.. Iterations.Select(i => i.InnerIterations).OfType<int>().Order()];
            return counts.Length == 0 ? null : (counts[counts.Length / 2] + counts[(counts.Length - 1) / 2]) / 2.0;
        }
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
internal sealed record IterationReport(
    int K,
    double Seconds,
    double ObjectiveX,
    double ObjectiveZ,
    double Primal,
    double Dual,
    int? InnerIterations,
    double? Residual);

/// <summary>A solver that was not run.</summary>
internal sealed record SkippedSolver(string Name, string Reason);
