using InfAdmm.Cli.Options;
using InfAdmm.Imaging.Datasets;
using InfAdmm.Imaging.Evaluation;

namespace InfAdmm.Cli.Evaluate;

/// <summary>The options of <c>evaluate</c>.</summary>
internal sealed class EvaluateOptions(OptionBinder options)
{
    /// <summary>What is measured.</summary>
    public TaskOptions Task { get; } = new(options);

    /// <summary>The prior of the learned methods, and their z-update.</summary>
    public PriorSelection Prior { get; } = new(options);

    /// <summary>ADMM runs once with each of these penalties ρ; null for those that were trained.</summary>
    public IReadOnlyList<double>? Rho { get; } = options.Optional(OptionFactory.PositiveList("--rho", "R[,R…]",
        "Penalties of ADMM with the learned prior, a row for each; default: as trained, one for each step."));

    /// <summary>The data set's file or folder.</summary>
    public string Data { get; } = options.Required(OptionFactory.Text("--data", "PATH",
        "MNIST's idx files, a CUB-200-2011 or CelebA folder, or any folder of images."));

    /// <summary>The part of it that is reported.</summary>
    public DataSplit Split { get; } = options.Choice("--split",
        "The part that is reported; methods are tuned on the other one.", DataSplit.Test,
        DataSplit.Train, DataSplit.Test);

    /// <summary>The most images to report; null for all.</summary>
    public int? Limit { get; } = options.Optional(OptionFactory.Integer("--limit", "N",
        "The most images to report, evenly spaced.", minimum: 1));

    /// <summary>Iterations of the methods that iterate; null for each method's own count.</summary>
    public int? Iterations { get; } = options.Optional(OptionFactory.Integer("--iterations", "K",
        "Iterations of the methods that have them.", minimum: 1, maximum: 100_000));

    /// <summary>The methods to compare; null for all that make sense for the task.</summary>
    public IReadOnlyList<string>? Methods { get; } = options.Optional(OptionFactory.Choices("--methods",
        "Methods to compare; default: all that make sense for the task.", [.. RestorationMethods.Names]));
}
