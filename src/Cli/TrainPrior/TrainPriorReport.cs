using InfAdmm.Cli.Devices;

namespace InfAdmm.Cli.TrainPrior;

/// <summary>
/// The JSON report of <c>train prior</c> and <c>train denoiser</c>: the task, the training time, and the PSNR in dB on held-out images of the
/// initial estimate, of one application of the network, and of z after each iteration.
/// </summary>
internal sealed record TrainPriorReport(
    string Command,
    string Version,
    ReportedDevice Device,
    string Task,
    string Data,
    string Network,
    long Parameters,
    ulong Seed,
    int Steps,
    double Seconds,
    double Loss,
    double ImagesPerSecond,
    double? ValidationPsnrStart,
    double? ValidationPsnrOnce,
    IReadOnlyList<double> ValidationPsnrPerIteration,
    IReadOnlyList<double> Rho,
    string Weights);
