using InfAdmm.Cli.Options;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Cli.TrainPrior;

/// <summary>The options of <c>train prior</c>.</summary>
internal sealed class TrainPriorOptions(OptionBinder options)
{
    /// <summary>The task, with kernel and noise.</summary>
    public TaskOptions Task { get; } = new(options);

    /// <summary>The network architecture: this library's own, or the paper's.</summary>
    public PriorArchitecture Network { get; } = PriorSelection.NetworkChoice(options);

    /// <summary>The images, the budget and the files.</summary>
    public TrainingOptions Training { get; } = new(options, "96, or 28 for digits", PriorLoss.L1);

    /// <summary>The terms of the loss beside the distance of pixels.</summary>
    public SharpTrainingOptions Sharp { get; } = new(options);

    /// <summary>The number of ADMM iterations to train through; null for the default of the network.</summary>
    public int? Unroll { get; } = options.Optional(OptionFactory.Integer("--unroll", "K",
        "Number of ADMM iterations to train through; 0 trains a denoiser. Default: 4, or 0 for --network paper.",
        minimum: 0, maximum: 32));

    /// <summary>Whether to train the network without the loop.</summary>
    public bool Alone { get; } = options.Flag("--alone",
        "Trains the network to be applied once, without a z-update: a stronger baseline 'network' for evaluate.");

    /// <summary>Whether a part of the batches has a margin in which nothing is measured.</summary>
    public bool UnknownEdges { get; } = options.Flag("--unknown-edges",
        "Two of three batches have a margin in which nothing is measured, as restore has it; for deblur.");

    /// <summary>Weights that are blended with the trained ones; null for none.</summary>
    public string? Blend { get; } = options.Optional(OptionFactory.Text("--blend", "FILE",
        "Weights of the same network. What is written is the mean of them and the trained ones: less sharp, fewer artefacts."));

    /// <summary>The share of the trained weights in that mean; null for a half.</summary>
    public double? BlendShare { get; } = options.Optional(OptionFactory.NonNegative("--blend-share", "S",
        "The share of the trained weights, from 0 to 1; default: 0.5.", maximum: 1));

    /// <summary>The number of initial training steps as a denoiser.</summary>
    public int PretrainSteps { get; } = options.WithDefault(
        OptionFactory.Integer("--pretrain-steps", "N",
            "Number of steps as a denoiser before training through ADMM.", minimum: 0),
        0);
}
