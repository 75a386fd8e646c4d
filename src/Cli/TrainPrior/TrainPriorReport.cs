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
    string Weights)
{
    /// <summary>The number of processes that trained together.</summary>
    public int Processes { get; init; } = 1;

    /// <summary>The bytes of gradients that each process adds to the sum in a step; null for none.</summary>
    public long? GradientBytesPerStep { get; init; }

    /// <summary>The share of the time of these sums that was hidden behind the backward pass, 0 to 1; null for none.</summary>
    public double? HiddenShare { get; init; }
}
