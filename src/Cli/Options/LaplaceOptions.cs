namespace InfAdmm.Cli;

/// <summary>The options of <c>laplace</c>. What is null takes the preset's value or was not asked for.</summary>
/// <param name="Preset">One of <see cref="OperatorOptionSet.Presets"/>.</param>
/// <param name="Size">Height and width of x in pixels.</param>
/// <param name="Stride">The step of the decimation S.</param>
/// <param name="Kernel">The blur H: gaussian:9:1.5, motion:9:30 or a CSV file.</param>
/// <param name="Sigma">Standard deviation of the noise.</param>
/// <param name="Scale">The scale b of the Laplace prior.</param>
/// <param name="Density">The share of pixels of x that are drawn, the others being 0.</param>
/// <param name="Rho">The penalty ρ.</param>
/// <param name="Iterations">How many iterations to run.</param>
/// <param name="Y">The user's own measurement: an .npy or an image file.</param>
/// <param name="Solvers">The solvers named; null for all that apply.</param>
/// <param name="Tolerance">Where inner loops stop: the relative residual.</param>
/// <param name="MaxInner">Where inner loops stop at the latest.</param>
/// <param name="Weights">Weights of the learned solvers.</param>
/// <param name="Retrain">Trains the learned solvers first.</param>
/// <param name="TrainSeconds">How long each trains.</param>
/// <param name="Refine">Refinement steps of the learned solvers.</param>
/// <param name="Update">residual for (R), published for the paper's (11).</param>
/// <param name="Repeat">Runs of each solver, of which the median counts.</param>
/// <param name="Dump">Where the final tensors go; null for nowhere.</param>
internal sealed record LaplaceOptions(
    string Preset,
    int? Size,
    int? Stride,
    string? Kernel,
    double? Sigma,
    double? Scale,
    double? Density,
    double? Rho,
    int? Iterations,
    string? Y,
    IReadOnlyList<string>? Solvers,
    double Tolerance,
    int MaxInner,
    string? Weights,
    bool Retrain,
    double TrainSeconds,
    int Refine,
    string Update,
    int Repeat,
    string? Dump);
