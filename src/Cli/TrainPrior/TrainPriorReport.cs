using InfAdmm.Cli.Devices;

namespace InfAdmm.Cli.TrainPrior;

/// <summary>
/// The JSON of <c>train prior</c>: what was trained, how long, and the PSNR in dB on images held out, at the start, of
/// the network applied once, and of z after each iteration.
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
