using InfAdmm.Cli.Options;
using InfAdmm.Engine;
using InfAdmm.Solvers;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Cli.Laplace;

/// <summary>
/// The options of <c>laplace</c>. A value that is null was not given; where the preset has a value, it is used.
/// </summary>
internal sealed class LaplaceOptions(OptionBinder options)
{
    /// <summary>The name that stands for the fastest solver.</summary>
    public const string Automatic = "auto";

    private readonly double _tolerance = options.WithDefault(OptionFactory.Positive("--tolerance", "RESIDUAL",
        "Relative residual at which inner loops stop."), 1e-6);

    private readonly int _maxInner = options.WithDefault(OptionFactory.Integer("--max-inner", "N",
        "Maximum number of inner iterations.", minimum: 1), 10000);

    /// <summary>The preset and the operator A.</summary>
    public OperatorOptions Operator { get; } = new(options);

    /// <summary>Standard deviation of the noise.</summary>
    public double? Sigma { get; } = options.Optional(OptionFactory.Positive("--sigma", "SIGMA",
        "Standard deviation of the noise."));

    /// <summary>The scale b of the Laplace prior.</summary>
    public double? Scale { get; } = options.Optional(OptionFactory.Positive("--scale", "B",
        "Scale of the Laplace prior."));

    /// <summary>The fraction of the pixels of x that are nonzero.</summary>
    public double? Density { get; } = options.Optional(OptionFactory.Positive("--density", "SHARE",
        "Fraction of the pixels of x that are drawn; the others are 0.", maximum: 1));

    /// <summary>The number of ADMM iterations.</summary>
    public int? Iterations { get; } = options.Optional(OptionFactory.Integer("--iterations", "N",
        "Number of ADMM iterations; 30 for paper, 200 for sparse.", minimum: 1, maximum: 1_000_000));

    /// <summary>The user's own measurement: an .npy file or a picture.</summary>
    public string? Y { get; } = options.Optional(OptionFactory.Text("--y", "FILE",
        "Your own measurement: .npy or a picture."));

    /// <summary>The solvers to run, or <see cref="Automatic"/>; null for all that apply.</summary>
    public IReadOnlyList<string>? Solvers { get; } = options.Optional(OptionFactory.Choices("--solvers",
        "The z-solvers to run; auto is the exact one where A Aᵀ has a Fourier inverse, and otherwise chosen as by " +
        "'explain' for this tolerance; default: all that apply.",
        [Automatic, .. ZSolvers.Names]));

    /// <summary>The weights file of the learned solvers; null for the built-in weights.</summary>
    public string? Weights { get; } = options.Optional(OptionFactory.Text("--weights", "FILE",
        "Weights of a learned solver, from 'train inverse'."));

    /// <summary>Whether to train the learned solvers before the run.</summary>
    public bool Retrain { get; } = options.Flag("--retrain", "Trains the learned solvers before the run.");

    /// <summary>The training time of each learned solver, in seconds.</summary>
    public double TrainSeconds { get; } = options.WithDefault(OptionFactory.Positive("--train-seconds", "S",
        "Training time of each learned solver, in seconds."), 60.0);

    /// <summary>The number of refinement steps of the learned solvers.</summary>
    public int Refine { get; } = options.WithDefault(OptionFactory.Integer("--refine", "N",
        "Number of refinement steps of the learned solvers.", minimum: 0), 0);

    /// <summary>Whether learned solvers are guarded and bounds on the error of z are computed.</summary>
    public bool Certificate { get; } = options.Flag("--certificate",
        "Bounds the error of z, and guards the learned solvers: CG improves a z whose bound exceeds 1e-3.");

    /// <summary>The form of the z-update.</summary>
    public UpdateForm Update { get; } = options.Choice("--update",
        "Form of the z-update: residual, or published for the paper's equation (11).", UpdateForm.Residual);

    /// <summary>The rule that changes ρ from iteration to iteration.</summary>
    public PenaltyChoice Penalty { get; } = options.Choice("--penalty",
        "Rule for ρ, which starts at --rho: fixed, or balanced for residuals of similar size; or continued, from " +
        $"--rho divided by {1 << -Continuation.DefaultFirstExponent} to --rho.", PenaltyChoice.Fixed);

    /// <summary>The number of runs of each solver; the median is reported.</summary>
    public int Repeat { get; } = options.WithDefault(OptionFactory.Integer("--repeat", "N",
        "Runs of each solver; the table shows the median.", minimum: 1), 3);

    /// <summary>The directory for the final tensors; null for none.</summary>
    public string? Dump { get; } = options.Optional(OptionFactory.Output("--dump", "DIR",
        "The directory for the final tensors, as .npy files; created if missing."));

    /// <summary>The stopping rule of inner loops.</summary>
    public InnerLoopSpec InnerLoop => new((float)_tolerance, _maxInner);
}
