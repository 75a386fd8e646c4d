using InfAdmm.Cli.Devices;

namespace InfAdmm.Cli.TrainInverse;

/// <summary>
/// The JSON report of <c>train inverse</c>: the problem, and the training time and the relative errors reached for each ρ.
/// </summary>
internal sealed record TrainInverseReport(
    string Command,
    string Version,
    ReportedDevice Device,
    string Architecture,
    string Kernel,
    int Stride,
    string Boundary,
    string Operator,
    int Channels,
    ulong Seed,
    IReadOnlyList<TrainedInverse> Inverses,
    string Weights);

/// <summary>A trained inverse in the report: the relative errors of C against B, beside those of the best scalar.</summary>
internal sealed record TrainedInverse(
    double Rho,
    int Steps,
    double Seconds,
    double TrainingError,
    double NoiseError,
    double SmoothError,
    double ScalarNoiseError,
    double ScalarSmoothError)
{
    /// <summary>The error of the analytic filters on noise; null for a network.</summary>
    public double? AnalyticNoiseError { get; init; }

    /// <summary>Their error on smooth inputs; null for a network.</summary>
    public double? AnalyticSmoothError { get; init; }
}
