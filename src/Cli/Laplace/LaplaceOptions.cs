using InfAdmm.Cli.Options;
using InfAdmm.Engine;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Cli.Laplace;

/// <summary>The options of <c>laplace</c>. A value that is null is the preset's, or was not asked for.</summary>
internal sealed class LaplaceOptions(OptionBinder options)
{
    private readonly double _tolerance = options.WithDefault(OptionFactory.Positive("--tolerance", "RESIDUAL",
        "Relative residual at which inner loops stop."), 1e-6);

    private readonly int _maxInner = options.WithDefault(OptionFactory.Integer("--max-inner", "N",
        "Inner iterations at most.", minimum: 1), 10000);

    /// <summary>The preset, and what A is made of.</summary>
    public OperatorOptions Operator { get; } = new(options);

    /// <summary>Standard deviation of the noise.</summary>
    public double? Sigma { get; } = options.Optional(OptionFactory.Positive("--sigma", "SIGMA",
        "Standard deviation of the noise."));

    /// <summary>The scale b of the Laplace prior.</summary>
    public double? Scale { get; } = options.Optional(OptionFactory.Positive("--scale", "B",
        "Scale of the Laplace prior."));

    /// <summary>The share of pixels of x that are drawn, the others being 0.</summary>
    public double? Density { get; } = options.Optional(OptionFactory.Positive("--density", "SHARE",
        "Share of the pixels of x that are drawn; the others are 0.", maximum: 1));

    /// <summary>How many iterations to run.</summary>
    public int? Iterations { get; } = options.Optional(OptionFactory.Integer("--iterations", "N",
        "Iterations of ADMM; 30 for paper, 200 for sparse.", minimum: 1));

    /// <summary>The user's own measurement: an .npy or an image file.</summary>
    public string? Y { get; } = options.Optional(OptionFactory.Text("--y", "FILE",
        "Your own measurement: .npy or a picture."));

    /// <summary>The solvers named; null for all that apply.</summary>
    public IReadOnlyList<string>? Solvers { get; } = options.Optional(OptionFactory.Choices("--solvers",
        "The z-solvers to run; all that apply if left out.", [.. ZSolvers.Names]));

    /// <summary>Weights of the learned solvers.</summary>
    public string? Weights { get; } = options.Optional(OptionFactory.Text("--weights", "FILE",
        "Weights of a learned solver."));

    /// <summary>Trains the learned solvers first.</summary>
    public bool Retrain { get; } = options.Flag("--retrain", "Trains the learned solvers first.");

    /// <summary>How long each trains, in seconds.</summary>
    public double TrainSeconds { get; } = options.WithDefault(OptionFactory.Positive("--train-seconds", "S",
        "How long each learned solver trains."), 60.0);

    /// <summary>Refinement steps of the learned solvers.</summary>
    public int Refine { get; } = options.WithDefault(OptionFactory.Integer("--refine", "N",
        "Refinement steps of the learned solvers.", minimum: 0), 0);

    /// <summary>The form of the z-update.</summary>
    public UpdateForm Update { get; } = options.Choice("--update",
        "The z-update: in residual form, or the paper's (11).", UpdateForm.Residual);

    /// <summary>Runs of each solver, of which the median counts.</summary>
    public int Repeat { get; } = options.WithDefault(OptionFactory.Integer("--repeat", "N",
        "Runs of each solver; the table shows the median.", minimum: 1), 3);

    /// <summary>Where the final tensors go; null for nowhere.</summary>
    public string? Dump { get; } = options.Optional(OptionFactory.Text("--dump", "DIR",
        "Writes the final tensors as .npy; created if missing."));

    /// <summary>When inner loops stop.</summary>
    public InnerLoopSpec InnerLoop => new((float)_tolerance, _maxInner);
}
