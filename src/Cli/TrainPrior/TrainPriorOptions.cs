using InfAdmm.Cli.Options;
using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Nn.Optimizers;

namespace InfAdmm.Cli.TrainPrior;

/// <summary>The options of <c>train prior</c>.</summary>
internal sealed class TrainPriorOptions(OptionBinder options)
{
    private const double DefaultMinutes = 30;

    private readonly int? _steps = options.Optional(OptionFactory.Integer("--steps", "N",
        "Number of training steps; the same number gives the same weights.", minimum: 1));

    private readonly double? _minutes = options.Optional(OptionFactory.Positive("--minutes", "M",
        $"Training time in minutes, instead of --steps; {DefaultMinutes} if neither is given."));

    /// <summary>The task, with kernel and noise.</summary>
    public TaskOptions Task { get; } = new(options);

    /// <summary>The data set.</summary>
    public string Data { get; } = options.Required(OptionFactory.Text("--data", "PATH",
        "Images to train on: MNIST idx files, a CUB-200-2011 or CelebA folder (training part), or any folder."));

    /// <summary>The network architecture: this library's own, or the paper's.</summary>
    public PriorArchitecture Network { get; } = PriorSelection.NetworkChoice(options);

    /// <summary>The weights file to write.</summary>
    public string Weights { get; } = options.Required(
        OptionFactory.Output("--weights", "FILE", "The weights file to write."));

    /// <summary>The directory of the checkpoint; null for none.</summary>
    public string? Checkpoint { get; } = options.Optional(OptionFactory.Output("--checkpoint", "DIR",
        "The directory for the training state, saved every two minutes and at the end; created if missing."));

    /// <summary>Whether to continue from the checkpoint.</summary>
    public bool Resume { get; } = options.Flag("--resume", "Continues from the state in --checkpoint.");

    /// <summary>Weights to start from; null for random ones.</summary>
    public string? Initial { get; } = options.Optional(OptionFactory.Text("--start", "FILE",
        "Weights of an earlier 'train prior' of this task and network to start from."));

    /// <summary>The number of ADMM iterations to train through; null for the default of the network.</summary>
    public int? Unroll { get; } = options.Optional(OptionFactory.Integer("--unroll", "K",
        "Number of ADMM iterations to train through; 0 trains a denoiser. Default: 4, or 0 for --network paper.",
        minimum: 0, maximum: 32));

    /// <summary>The number of initial training steps as a denoiser.</summary>
    public int PretrainSteps { get; } = options.WithDefault(
        OptionFactory.Integer("--pretrain-steps", "N",
            "Number of steps as a denoiser before training through ADMM.", minimum: 0),
        0);

    /// <summary>The number of crops in a batch.</summary>
    public int Batch { get; } = options.WithDefault(
        OptionFactory.Integer("--batch", "N", "Number of crops in a batch.", minimum: 1, maximum: 1024), 8);

    /// <summary>Height and width of a crop, in pixels; null for the default of the task.</summary>
    public int? Crop { get; } = options.Optional(OptionFactory.Integer("--crop", "N",
        "Height and width of a crop in pixels; default: 96, or 28 for digits.", minimum: 4, maximum: 4096));

    /// <summary>The maximum learning rate.</summary>
    public double LearningRate { get; } = options.WithDefault(
        OptionFactory.Positive("--learning-rate", "R", "The maximum learning rate.", maximum: 1), 5e-4);

    /// <summary>The training loss.</summary>
    public PriorLoss Loss { get; } = options.Choice("--loss",
        "The training loss: l1, l2, or psnr, which is the mean over images of ln(mse).", PriorLoss.L1);

    /// <summary>Returns the limits of the training.</summary>
    /// <exception cref="InputException">Both steps and minutes were given.</exception>
    public TrainingBudget Budget()
    {
        if (_steps is not null && _minutes is not null)
        {
            throw new InputException("--steps and --minutes exclude each other: give one of them");
        }

        return _steps is { } count
            ? new TrainingBudget(Steps: count)
            : new TrainingBudget(Seconds: 60 * (_minutes ?? DefaultMinutes));
    }
}
