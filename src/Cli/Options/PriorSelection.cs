using InfAdmm.Engine;
using InfAdmm.Imaging.Evaluation;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Cli.Options;

/// <summary>The options of the learned prior and the z-update.</summary>
internal sealed class PriorSelection(OptionBinder options)
{
    private const string Automatic = "auto";
    private const string TrainCommand = "infadmm train prior";

    /// <summary>Which of the built-in priors to use.</summary>
    public PriorArchitecture Network { get; } = NetworkChoice(options);

    /// <summary>A weights file to use instead of a built-in prior; null for none.</summary>
    public string? Weights { get; } = options.Optional(OptionFactory.Text("--weights", "FILE",
        "A prior from 'train prior', instead of the built-in one."));

    /// <summary>The name of the z-solver; <c>auto</c> for the cheapest exact one.</summary>
    public string ZSolverName { get; } = options.WithDefault(OptionFactory.Choice("--z-solver",
        "The z-update; auto is the cheapest exact one.", [Automatic, .. ZSolvers.Names]), Automatic);

    /// <summary>A trained inverse to use in addition to the built-in ones; null for none.</summary>
    public string? Inverse { get; } = options.Optional(OptionFactory.Text("--inverse", "FILE",
        "An inverse from 'train inverse', for --z-solver learned or learned-linear."));

    /// <summary>The value of the option <c>--network</c>.</summary>
    public static PriorArchitecture NetworkChoice(OptionBinder options) =>
        options.Choice(
            "--network", "The network: this library's own (default), or the paper's.", PriorArchitecture.Default);

    /// <summary>Loads the prior for a task. It may have been trained for another one.</summary>
    /// <exception cref="InputException">
    /// There is no built-in prior for the task, or the file is not a prior.
    /// </exception>
    public PriorWeights Load(ImageTask task) => Weights is { } file
        ? LoadFile(file)
        : Advice.Add(
            $" with '{TrainCommand} --task {task.Name} --data PATH --weights FILE' and pass it with --weights",
            () => ShippedWeights.Prior(task.Name, Network));

    /// <summary>The options of the <c>evaluate</c> methods that depend on the prior and the z-update.</summary>
    /// <param name="task">The task, which the prior must fit.</param>
    /// <param name="isRequired">Whether a missing prior is an error.</param>
    /// <exception cref="InputException">A file cannot be used, or there is no prior.</exception>
    public MethodOptions MethodOptions(ImageTask task, bool isRequired)
    {
        PriorWeights? prior = isRequired || Weights is not null
            ? Load(task)
            : ShippedWeights.FindPrior(task.Name, Network);
        return prior?.WhyNot(task, task.TrainedChannels) is { } reason
            ? throw new InputException($"{reason}: choose other --weights, or train a prior with '{TrainCommand}'")
            : new MethodOptions { Prior = prior, Network = Network, ZSolver = Solver() };
    }

    /// <summary>The z-update. Trained inverses are read only if it uses them.</summary>
    /// <exception cref="InputException">The trained inverse cannot be read.</exception>
    public ZSolverChoice Solver()
    {
        ZSolver? solver = ZSolverName == Automatic ? null : ZSolvers.Find(ZSolverName);
        if (solver?.Architecture is null)
        {
            return new ZSolverChoice(solver);
        }

        IReadOnlyList<InverseWeights> shipped = ShippedWeights.Inverses();
        return new ZSolverChoice(solver)
        {
            Inverses = Inverse is { } file ? [InverseFile.Load(file), .. shipped] : shipped,
        };
    }

    /// <summary>Loads a prior.</summary>
    /// <exception cref="InputException">The file contains no prior.</exception>
    public static PriorWeights LoadFile(string file) =>
        Advice.Add($"; train one with '{TrainCommand}'", () => PriorWeights.Load(file));
}
