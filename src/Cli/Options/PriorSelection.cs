using InfAdmm.Engine;
using InfAdmm.Imaging.Evaluation;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Cli.Options;

/// <summary>The learned prior and the z-update that a task runs with.</summary>
internal sealed class PriorSelection(OptionBinder options)
{
    private const string Automatic = "auto";
    private const string TrainCommand = "infadmm train prior";

    /// <summary>Which of the priors that come with the program.</summary>
    public PriorArchitecture Network { get; } = NetworkChoice(options);

    /// <summary>A file to use instead of those; null for none.</summary>
    public string? Weights { get; } = options.Optional(OptionFactory.Text("--weights", "FILE",
        "A prior of 'train prior', instead of the one that comes with the program."));

    /// <summary>The name of the z-solver, or <c>auto</c> for the cheapest exact one.</summary>
    public string ZSolver { get; } = options.WithDefault(OptionFactory.Choice("--z-solver",
        "The z-update; auto is the cheapest exact one.", [Automatic, .. ZSolvers.Names]), Automatic);

    /// <summary>A trained inverse to use beside those that come with the program; null for none.</summary>
    public string? Inverse { get; } = options.Optional(OptionFactory.Text("--inverse", "FILE",
        "An inverse of 'train inverse', for --z-solver learned or learned-linear."));

    /// <summary>The value of the option <c>--network</c>.</summary>
    public static PriorArchitecture NetworkChoice(OptionBinder options) =>
        options.Choice("--network", "The network: our own, or the paper's.", PriorArchitecture.Default);

    /// <summary>The prior for a task, whatever it was trained for.</summary>
    /// <exception cref="InputException">No prior comes with the program, or the file is not one.</exception>
    public PriorWeights Load(ImageTask task) => Weights is { } file
        ? LoadFile(file)
        : Advice.Add(
            $" with '{TrainCommand} --task {task.Name} --data PATH --weights FILE' and give it with --weights",
            () => ShippedWeights.Prior(task.Name, Network));

    /// <summary>The options of <c>evaluate</c>'s methods that the prior and the z-update decide.</summary>
    /// <param name="task">The task, which the prior must fit.</param>
    /// <param name="isRequired">Whether a missing prior is an error.</param>
    /// <exception cref="InputException">A file cannot be used, or there is no prior.</exception>
    public MethodOptions MethodOptions(ImageTask task, bool isRequired)
    {
        PriorWeights? prior = isRequired || Weights is not null
            ? Load(task)
            : ShippedWeights.FindPrior(task.Name, Network);
        return prior?.WhyNot(task, task.TrainedChannels) is { } reason
            ? throw new InputException($"{reason}: give other --weights, or train some with '{TrainCommand}'")
            : new MethodOptions { Prior = prior, Network = Network, ZSolver = Solver() };
    }

    /// <summary>The z-update; trained inverses are read only if it uses them.</summary>
    /// <exception cref="InputException">The trained inverse cannot be read.</exception>
    public ZSolverChoice Solver()
    {
        if (ZSolver == Automatic)
        {
            return new ZSolverChoice(null);
        }

        if (ZSolvers.Find(ZSolver).Architecture is null)
        {
            return new ZSolverChoice(ZSolver);
        }

        IReadOnlyList<InverseWeights> shipped = ShippedWeights.Inverses();
        return new ZSolverChoice(ZSolver)
        {
            Inverses = Inverse is { } file ? [InverseFile.Load(file), .. shipped] : shipped,
        };
    }

    /// <summary>Reads a prior.</summary>
    /// <exception cref="InputException">The file holds none.</exception>
    public static PriorWeights LoadFile(string file) =>
        Advice.Add($"; make one with '{TrainCommand}'", () => PriorWeights.Load(file));
}
