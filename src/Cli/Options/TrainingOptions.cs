using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Nn.Optimizers;

namespace InfAdmm.Cli.Options;

/// <summary>The options of every command that trains a network on images.</summary>
/// <param name="options">The options of the command.</param>
/// <param name="crops">What the default size of a crop is, for the help.</param>
/// <param name="loss">The default distance of pixels.</param>
internal sealed class TrainingOptions(OptionBinder options, string crops, PriorLoss loss)
{
    private const double DefaultMinutes = 30;

    private readonly int? _steps = options.Optional(OptionFactory.Integer("--steps", "N",
        "Number of training steps; the same number gives the same weights.", minimum: 1));

    private readonly double? _minutes = options.Optional(OptionFactory.Positive("--minutes", "M",
        $"Training time in minutes, instead of --steps; {DefaultMinutes} if neither is given."));

    /// <summary>The data set.</summary>
    public string Data { get; } = options.Required(OptionFactory.Text("--data", "PATH",
        "Images to train on: MNIST idx files, a CUB-200-2011 or CelebA folder (training part), or any folder."));

    /// <summary>The weights file to write.</summary>
    public string Weights { get; } = options.Required(
        OptionFactory.Output("--weights", "FILE", "The weights file to write."));

    /// <summary>Whether the file has the network's kernels in half precision.</summary>
    public bool HalfPrecision { get; } = options.Flag("--half-precision",
        "Writes the kernels of the network with 11 significant bits: half the file, without a visible difference.");

    /// <summary>The directory of the checkpoint; null for none.</summary>
    public string? Checkpoint { get; } = options.Optional(OptionFactory.Output("--checkpoint", "DIR",
        "The directory for the training state, saved periodically and at the end; created if missing."));

    /// <summary>The time between two checkpoints, in minutes.</summary>
    public double CheckpointMinutes { get; } = options.WithDefault(
        OptionFactory.Positive("--checkpoint-minutes", "M", "Time between two checkpoints, in minutes."), 2.0);

    /// <summary>Whether to continue from the checkpoint.</summary>
    public bool Resume { get; } = options.Flag("--resume", "Continues from the state in --checkpoint.");

    /// <summary>Weights to start from; null for random ones.</summary>
    public string? Initial { get; } = options.Optional(OptionFactory.Text("--start", "FILE",
        "Weights of an earlier run of this command to start from."));

    /// <summary>The number of crops in a batch.</summary>
    public int Batch { get; } = options.WithDefault(
        OptionFactory.Integer("--batch", "N", "Number of crops in a batch.", minimum: 1, maximum: 1 << 16), 8);

    /// <summary>Whether gradients are added up in the order of the images.</summary>
    public bool FixedOrder { get; } = options.Flag("--fixed-order",
        "Adds up gradients in the order of the images: the same bits for any number of MPI processes, but slower.");

    /// <summary>Height and width of a crop, in pixels; null for the default.</summary>
    public int? Crop { get; } = options.Optional(OptionFactory.Integer("--crop", "N",
        $"Height and width of a crop in pixels; default: {crops}.", minimum: 4, maximum: 4096));

    /// <summary>The maximum learning rate.</summary>
    public double LearningRate { get; } = options.WithDefault(
        OptionFactory.Positive("--learning-rate", "R", "The maximum learning rate.", maximum: 1), 5e-4);

    /// <summary>The distance of pixels in the loss.</summary>
    public PriorLoss Distance { get; } = options.Choice("--distance",
        "The distance of pixels in the loss: l1, l2, or psnr, which is the mean over images of ln(mse).", loss);

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
