using InfAdmm.Cli.Devices;

namespace InfAdmm.Cli.Explain;

/// <summary>The JSON of <c>explain</c>, and what its table is made from.</summary>
internal sealed record ExplainReport(
    string Command,
    string Version,
    ReportedDevice Device,
    ExplainedOperator Operator,
    IReadOnlyList<ExplainedSolver> Solvers,
    string Chosen,
    string Why);

/// <summary>The operator and what its inverse is like.</summary>
/// <param name="Size">Height and width of x.</param>
/// <param name="Stride">The decimation.</param>
/// <param name="Kernel">The blur as it was typed.</param>
/// <param name="Boundary">What the blur finds beyond the edge of x.</param>
/// <param name="Rho">The penalty ρ.</param>
/// <param name="Measurements">The count of values in y.</param>
/// <param name="GramRows">Rows of A Aᵀ as a kernel on the measurement grid; null if it is not a convolution there.</param>
/// <param name="GramColumns">Its columns.</param>
/// <param name="Scalar">True if A Aᵀ is a multiple of the identity.</param>
/// <param name="GammaMin">The smallest eigenvalue of A Aᵀ.</param>
/// <param name="GammaMax">The largest.</param>
/// <param name="Exact">False if both were estimated.</param>
/// <param name="Condition">(ρ + Γ_max) / (ρ + Γ_min): what inner loops have to fight.</param>
/// <param name="Iterations">The count of ADMM iterations that the choice is for.</param>
internal sealed record ExplainedOperator(
    int Size,
    int Stride,
    string Kernel,
    string Boundary,
    double Rho,
    long Measurements,
    int? GramRows,
    int? GramColumns,
    bool Scalar,
    double GammaMin,
    double GammaMax,
    bool Exact,
    double Condition,
    int Iterations);

/// <summary>One solver: how it works, and what it costs, measured here; or why it does not apply.</summary>
internal sealed record ExplainedSolver(
    string Name,
    bool Applies,
    string? Reason,
    string? Method,
    double? SetupSeconds,
    double? SecondsPerIteration,
    double? MedianInnerIterations,
    double? ZRelativeError,
    double? SecondsInAll);
