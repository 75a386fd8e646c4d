using InfAdmm.Cli.Devices;

namespace InfAdmm.Cli.TrainInverse;

/// <summary>
/// The JSON report of <c>train inverse</c>: the problem, the training time and the relative errors reached.
/// </summary>
internal sealed record TrainInverseReport(
    string Command,
    string Version,
    ReportedDevice Device,
    string Architecture,
    string Kernel,
    int Stride,
    double Rho,
    string Boundary,
    int Channels,
    ulong Seed,
    int Steps,
    double Seconds,
    double TrainingError,
    double NoiseError,
    double SmoothError,
    double ScalarNoiseError,
    double ScalarSmoothError,
    string Weights);
