using System.Text.Json.Serialization;
using InfAdmm.Cli.Devices;
using InfAdmm.Solvers.Laplace;

namespace InfAdmm.Cli.Laplace;

/// <summary>
/// The JSON report of <c>laplace</c>, from which its table and figures are made. Null means not applicable.
/// </summary>
internal sealed record LaplaceReport(
    string Command,
    string Version,
    ReportedDevice Device,
    ProblemReport Problem,
    IReadOnlyList<SolverReport> Solvers,
    IReadOnlyList<SkippedSolver> Skipped)
{
    /// <summary>The final objective of z of the exact solver, the reference for table and figures.</summary>
    [JsonIgnore]
    public double? ExactObjective { get; init; }

    /// <summary>Whether certificates were asked for.</summary>
    [JsonIgnore]
    public bool IsCertified { get; init; }

    /// <summary>The solver that <see cref="ExactObjective"/> belongs to.</summary>
    [JsonIgnore]
    public string ExactSolver { get; init; } = "";
}

/// <summary>The problem that was solved.</summary>
/// <param name="Preset">The preset that the options started from.</param>
/// <param name="Size">Height of x in pixels; also its width, unless the user's measurement is not square.</param>
/// <param name="Stride">The stride of the decimation.</param>
/// <param name="Channels">Channels of x and y.</param>
/// <param name="Kernel">The blur kernel, or the kernels of a varying blur, as given on the command line.</param>
/// <param name="Sigma">Standard deviation of the noise.</param>
/// <param name="Scale">The scale b of the prior.</param>
/// <param name="Density">The fraction of nonzero pixels drawn; null for the user's own measurement.</param>
/// <param name="Rho">The penalty ρ; the initial one if it changes.</param>
/// <param name="Penalty">The rule for ρ: fixed, balanced or continued.</param>
/// <param name="Iterations">The number of ADMM iterations.</param>
/// <param name="Seed">The seed of the random draw.</param>
/// <param name="Update">The form of the z-update: residual or published.</param>
/// <param name="Refine">The number of refinement steps of the learned solvers.</param>
/// <param name="Boundary">How the blur extends x beyond its edges.</param>
/// <param name="Operator">The kind of the operator: blur, masked or varying.</param>
/// <param name="Measurements">The number of values in y.</param>
/// <param name="ObjectiveAtZero">The objective at x = 0.</param>
/// <param name="FinalNonzeroFraction">
/// The fraction of x that is nonzero after the exact solver's last iteration.
/// </param>
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
    string Penalty,
    int Iterations,
    ulong Seed,
    string Update,
    int Refine,
    string Boundary,
    string Operator,
    long Measurements,
    double ObjectiveAtZero,
    double? FinalNonzeroFraction);

/// <summary>A solver that was not run.</summary>
internal sealed record SkippedSolver(string Name, string Reason);
