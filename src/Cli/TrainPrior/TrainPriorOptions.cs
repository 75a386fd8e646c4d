using InfAdmm.Cli.Options;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Nn.Optimizers;

namespace InfAdmm.Cli.TrainPrior;

/// <summary>The options of <c>train prior</c>.</summary>
/// <param name="Task">The task, with kernel and noise.</param>
/// <param name="Data">The data set.</param>
/// <param name="Network">The library's own network or the paper's.</param>
/// <param name="Weights">The file to write.</param>
internal sealed record TrainPriorOptions(TaskOptions Task, string Data, PriorArchitecture Network, string Weights)
{
    /// <summary>How long to train.</summary>
    public required TrainingBudget Budget { get; init; }

    /// <summary>The directory of the checkpoint; null for none.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>Whether to continue from the checkpoint.</summary>
    public bool Resume { get; init; }

    /// <summary>Weights to start from; null for random ones.</summary>
    public string? Initial { get; init; }

    /// <summary>Steps of ADMM to train through; null for the usual count of the network.</summary>
    public int? Unroll { get; init; }

    /// <summary>Training steps as a denoiser first.</summary>
    public int PretrainSteps { get; init; }

    /// <summary>Crops in a batch.</summary>
    public int Batch { get; init; }

    /// <summary>Height and width of a crop; null for the usual size of the task.</summary>
    public int? Crop { get; init; }

    /// <summary>The largest learning rate.</summary>
    public double LearningRate { get; init; }

    /// <summary>The training error.</summary>
    public PriorLoss Loss { get; init; }
}
