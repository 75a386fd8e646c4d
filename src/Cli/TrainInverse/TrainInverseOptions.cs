using InfAdmm.Engine;

namespace InfAdmm.Cli.TrainInverse;

/// <summary>The options of <c>train inverse</c>.</summary>
/// <param name="Kernel">The blur H: gaussian:9:1.5, motion:9:30 or a CSV file.</param>
/// <param name="Stride">The step of the decimation S.</param>
/// <param name="Rho">The penalty ρ.</param>
/// <param name="Boundary">What the blur finds beyond the edge of an image.</param>
/// <param name="Channels">Channels of y.</param>
/// <param name="Architecture">paper or linear.</param>
/// <param name="Seconds">How long to train.</param>
/// <param name="Steps">How many steps to train; null to go by the seconds.</param>
/// <param name="Initialization">looks-linear or random.</param>
/// <param name="Weights">The file to write.</param>
internal sealed record TrainInverseOptions(
    string Kernel,
    int Stride,
    double Rho,
    Boundary Boundary,
    int Channels,
    string Architecture,
    double Seconds,
    int? Steps,
    string Initialization,
    string Weights);
