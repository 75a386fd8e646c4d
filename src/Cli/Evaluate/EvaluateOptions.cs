using InfAdmm.Cli.Options;
using InfAdmm.Imaging.Datasets;
using InfAdmm.Imaging.Evaluation;

namespace InfAdmm.Cli.Evaluate;

/// <summary>The options of <c>evaluate</c>.</summary>
internal sealed class EvaluateOptions(OptionBinder options)
{
    /// <summary>The task to evaluate.</summary>
    public TaskOptions Task { get; } = new(options);

    /// <summary>The prior and the z-update of the learned methods.</summary>
    public PriorSelection Prior { get; } = new(options);

    /// <summary>The penalties ρ; ADMM runs once with each. Null for the trained ones.</summary>
    public IReadOnlyList<double>? Rho { get; } = options.Optional(OptionFactory.PositiveList("--rho", "R[,R…]",
        "ADMM penalties for the prior of the task, one row for each; default: the trained ones, one per iteration."));

    /// <summary>The schedule of priors that are denoisers.</summary>
    public ScheduleOptions Schedule { get; } = new(options);

    /// <summary>The file or folder of the data set.</summary>
    public string Data { get; } = options.Required(OptionFactory.Text("--data", "PATH",
        "MNIST's idx files, a CUB-200-2011 or CelebA folder, or any folder of images."));

    /// <summary>The part of the data set to evaluate on.</summary>
    public DataSplit Split { get; } = options.Choice("--split",
        "The part to evaluate on; methods are tuned on the other one.", DataSplit.Test,
        DataSplit.Train, DataSplit.Test);

    /// <summary>The network whose features compare what images look like; null for that of the package, if it is there.</summary>
    public string? Comparator { get; } = options.Optional(OptionFactory.Text(ComparatorOptions.Name, "FILE|none",
        $"A network for the perceptual distance: {ComparatorOptions.Kinds}. Default: the file of the package " +
        $"{ComparatorOptions.Package}, if it is there."));

    /// <summary>The layers of that network; null for the default.</summary>
    public IReadOnlyList<int>? FeatureLayers { get; } = options.Optional(OptionFactory.IntegerList(ComparatorOptions.Layers,
        "N,N,…",
        "The layers of that network, counted by their ReLUs, other ones than a prior was trained with; default: those after a " +
        "half, three quarters and all."));

    /// <summary>The maximum number of images; null for all.</summary>
    public int? Limit { get; } = options.Optional(OptionFactory.Integer("--limit", "N",
        "Maximum number of images, evenly spaced.", minimum: 1));

    /// <summary>The number of iterations of iterative methods; null for the default of each method.</summary>
    public int? Iterations { get; } = options.Optional(OptionFactory.Integer("--iterations", "K",
        "Number of iterations of the iterative methods.", minimum: 1, maximum: 100_000));

    /// <summary>The methods to compare; null for all that apply to the task.</summary>
    public IReadOnlyList<string>? Methods { get; } = options.Optional(OptionFactory.Choices("--methods",
        "Methods to compare; default: all that apply to the task.", [.. RestorationMethods.Names]));
}
