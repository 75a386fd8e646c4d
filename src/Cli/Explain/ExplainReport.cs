using InfAdmm.Cli.Devices;

namespace InfAdmm.Cli.Explain;

/// <summary>The JSON report of <c>explain</c>, from which its table is made.</summary>
internal sealed record ExplainReport(
    string Command,
    string Version,
    ReportedDevice Device,
    ExplainedOperator Operator,
    IReadOnlyList<ExplainedSolver> Solvers,
    string Chosen,
    string Why);

/// <summary>The operator, and the properties of ρI + A Aᵀ.</summary>
/// <param name="Size">Height and width of x, in pixels.</param>
/// <param name="Stride">The stride of the decimation.</param>
/// <param name="Kernel">The blur kernel, or the kernels of a varying blur, as given on the command line.</param>
/// <param name="Boundary">How the blur extends x beyond its edges.</param>
/// <param name="Operator">The kind of the operator: blur, masked or varying.</param>
/// <param name="Kept">The number of measurements that a mask keeps; null without a mask.</param>
/// <param name="Rho">The penalty ρ.</param>
/// <param name="Measurements">The number of values in y.</param>
/// <param name="GramRows">
/// The rows of A Aᵀ as a kernel on the measurement grid; null if it is not a convolution there.
/// </param>
/// <param name="GramColumns">The columns of that kernel.</param>
/// <param name="Scalar">Whether A Aᵀ is a multiple of the identity.</param>
/// <param name="GammaMin">The smallest eigenvalue of A Aᵀ.</param>
/// <param name="GammaMax">The largest eigenvalue of A Aᵀ.</param>
/// <param name="Exact">Whether the eigenvalues are exact; if not, they are estimates.</param>
/// <param name="Condition">
/// The condition number (ρ + Γ_max) / (ρ + Γ_min), which decides how many inner iterations are needed.
/// </param>
/// <param name="Iterations">The number of ADMM iterations that the choice is made for.</param>
internal sealed record ExplainedOperator(
    int Size,
    int Stride,
    string Kernel,
    string Boundary,
    string Operator,
    int? Kept,
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

/// <summary>
/// One solver: its method and its cost, measured or predicted, or the reason why it does not apply.
/// </summary>
/// <param name="Name">The name of the solver.</param>
/// <param name="Applies">Whether it applies.</param>
/// <param name="Reason">Why it does not apply; null if it does.</param>
/// <param name="Method">What one z-update does; null if it does not apply. So are all values below.</param>
/// <param name="SetupSeconds">The time to create it, in seconds.</param>
/// <param name="SecondsPerIteration">The time of an ADMM iteration, in seconds.</param>
/// <param name="Tolerance">
/// The relative residual at which its inner loop stops, the largest with which z is accurate enough; null without one.
/// </param>
/// <param name="Refinements">
/// Its refinement steps, the fewest with which z is accurate enough; null if it takes none.
/// </param>
/// <param name="MedianInnerIterations">The median of its inner iterations; null without an inner loop.</param>
/// <param name="ZRelativeError">The largest relative error of z; null if it is not known.</param>
/// <param name="SecondsInAll">The time of all iterations, set-up included, in seconds.</param>
/// <param name="Predicted">Whether the costs are predicted.</param>
internal sealed record ExplainedSolver(
    string Name,
    bool Applies,
    string? Reason,
    string? Method,
    double? SetupSeconds,
    double? SecondsPerIteration,
    double? Tolerance,
    int? Refinements,
    double? MedianInnerIterations,
    double? ZRelativeError,
    double? SecondsInAll,
    bool Predicted);
