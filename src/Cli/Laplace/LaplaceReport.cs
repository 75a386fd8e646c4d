using System.Text.Json.Serialization;
using InfAdmm.Cli.Devices;
using InfAdmm.Solvers.Laplace;

namespace InfAdmm.Cli.Laplace;

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

    /// <summary>The solver that this is of.</summary>
    [JsonIgnore]
    public string ExactSolver { get; init; } = "";
}

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
/// <param name="Boundary">What the blur finds beyond the edge of x.</param>
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
    string Boundary,
    long Measurements,
    double ObjectiveAtZero,
    double? FinalNonzeroFraction);

/// <summary>A solver that was not run.</summary>
internal sealed record SkippedSolver(string Name, string Reason);
