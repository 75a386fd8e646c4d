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
    private const string TrainDenoiserCommand = "infadmm train denoiser";

    /// <summary>Which of the built-in priors to use.</summary>
    public PriorArchitecture Network { get; } = NetworkChoice(options);

    /// <summary>What the built-in prior was trained for.</summary>
    public PriorStyle Style { get; } = options.Choice("--style",
        "What the built-in prior was trained for: faithful has the smallest error; sharp looks like a photograph, and invents " +
        "texture where the measurement does not say what was there.", PriorStyle.Faithful);

    /// <summary>A weights file to use instead of a built-in prior; null for none.</summary>
    public string? Weights { get; } = options.Optional(OptionFactory.Text("--weights", "FILE",
        "A prior from 'train prior', instead of the built-in one."));

    /// <summary>The name of the z-solver; <c>auto</c> for the cheapest accurate one.</summary>
    public string ZSolverName { get; } = options.WithDefault(OptionFactory.Choice("--z-solver",
        "The z-update; auto is the cheapest one that is exact, or accurate to a few 1e-4.",
        [Automatic, .. ZSolvers.Names]), Automatic);

    /// <summary>Trained inverses to use in addition to the built-in ones; null for none.</summary>
    public IReadOnlyList<string>? Inverses { get; } = options.Optional(OptionFactory.Files("--inverse",
        "An inverse from 'train inverse', for a learned --z-solver or auto to use where it fits; may be given more than once."));

    /// <summary>The number of refinement steps of a learned z-update.</summary>
    public int Refine { get; } = options.WithDefault(OptionFactory.Integer("--refine", "N",
        "Number of refinement steps of a learned z-update.", minimum: 0), 0);

    /// <summary>Whether errors of z-updates are bounded, and learned ones run with a guard.</summary>
    public bool Certificate { get; } = options.Flag("--certificate",
        "Bounds the error of each z-update, where the z-solver allows it; conjugate gradients improve a learned one whose " +
        $"bound exceeds {GuardedUpdate.DefaultTolerance:0e-0}.");

    /// <summary>A denoiser to use instead of the built-in one; null for none.</summary>
    public string? DenoiserFile { get; } = options.Optional(OptionFactory.Text("--denoiser", "FILE",
        "A denoiser from 'train denoiser', instead of the built-in one."));

    /// <summary>The value of the option <c>--network</c>.</summary>
    public static PriorArchitecture NetworkChoice(OptionBinder options) =>
        options.Choice(
            "--network", "The network: this library's own (default), or the paper's.", PriorArchitecture.Default,
            PriorArchitecture.Default, PriorArchitecture.Paper);

    /// <summary>Loads the prior for a task. It may have been trained for another one.</summary>
    /// <exception cref="InputException">
    /// There is no built-in prior for the task, or the file is not a prior.
    /// </exception>
    public PriorWeights Load(ImageTask task)
    {
        CheckStyle();
        string loss = Style == PriorStyle.Sharp ? " --loss adversarial" : "";
        return Weights is { } file
            ? LoadFile(file, task)
            : Advice.Add(
                $" with '{TrainCommand} --task {task.Name}{loss} --data PATH --weights FILE' and pass it with --weights",
                () => ShippedWeights.Prior(task.Name, Network, Style));
    }

    /// <summary>Checks that the style is that of a built-in prior of this library's own network.</summary>
    /// <exception cref="InputException">Another prior was chosen.</exception>
    public void CheckStyle()
    {
        if (Style == PriorStyle.Sharp && (Weights is not null || Network != PriorArchitecture.Default))
        {
            throw new InputException(
                "--style sharp is a built-in prior of this library's own network: leave out " +
                (Weights is null ? "--network" : "--weights") + ", or the style");
        }
    }

    /// <summary>What to do about a prior that does not fit.</summary>
    /// <param name="trainCommand">The command that trains one that does.</param>
    public string AdviceFor(string trainCommand) => Style == PriorStyle.Sharp
        ? "--style sharp is a prior for the task as it is: leave out what changes the task, or train a prior with " +
            $"'{trainCommand} --loss adversarial' and pass it with --weights instead of the style"
        : $"choose other --weights, or train a prior with '{trainCommand}'";

    /// <summary>Loads the unconditional denoiser for a task.</summary>
    /// <exception cref="InputException">There is no built-in one, or the file is not a denoiser.</exception>
    public PriorWeights LoadDenoiser(ImageTask task)
    {
        if (DenoiserFile is not { } file)
        {
            return Advice.Add(
                $" with '{TrainDenoiserCommand} --channels {task.TrainedChannels} --data PATH --weights FILE' and pass it " +
                "with --denoiser",
                () => ShippedWeights.Denoiser(task));
        }

        PriorWeights weights = Advice.Add(
            $"; train one with '{TrainDenoiserCommand}'", () => PriorWeights.Load(file, task));
        return weights.Architecture == PriorArchitecture.Denoiser
            ? weights
            : throw new InputException(
                $"--denoiser {file}: is the prior of the task {weights.Task.Name}: pass it with --weights");
    }

    /// <summary>Loads the built-in denoiser for grey pictures; null if a denoiser was given.</summary>
    public PriorWeights? LoadGreyDenoiser(ImageTask task) =>
        DenoiserFile is null ? ShippedWeights.FindDenoiser(task, channels: 1) : null;

    /// <summary>The options of the <c>evaluate</c> methods that depend on the priors and the z-update.</summary>
    /// <param name="task">The task, which the priors must fit.</param>
    /// <param name="needed">The weights that the methods need.</param>
    /// <param name="isRequired">Whether missing weights are an error.</param>
    /// <exception cref="InputException">A file cannot be used, or weights are missing.</exception>
    public MethodOptions MethodOptions(ImageTask task, IReadOnlyCollection<NeededWeights> needed, bool isRequired)
    {
        CheckStyle();
        PriorWeights? prior = !needed.Contains(NeededWeights.Prior)
            ? null
            : isRequired || Weights is not null || Style == PriorStyle.Sharp
                ? Load(task)
                : ShippedWeights.FindPrior(task.Name, Network);
        PriorWeights? denoiser = !needed.Contains(NeededWeights.Denoiser)
            ? null
            : isRequired || DenoiserFile is not null
                ? LoadDenoiser(task)
                : ShippedWeights.FindDenoiser(task);
        Check(prior, task, AdviceFor(TrainCommand));
        Check(denoiser, task, $"choose another --denoiser, or train one with '{TrainDenoiserCommand}'");
        return new MethodOptions
        {
            Prior = prior,
            Alone = Weights is null && Network == PriorArchitecture.Default ? ShippedWeights.FindAlone(task.Name) : null,
            Denoiser = denoiser,
            Network = Network,
            ZSolver = Solver(),
        };
    }

    /// <summary>The z-update. Trained inverses are read only if it uses them.</summary>
    /// <exception cref="InputException">
    /// The trained inverse cannot be read, or refinement was requested for another z-update.
    /// </exception>
    public ZSolverChoice Solver()
    {
        ZSolver? solver = ZSolverName == Automatic ? null : ZSolvers.Find(ZSolverName);
        double? guard = Certificate ? GuardedUpdate.DefaultTolerance : null;
        if (Refine > 0 && solver is not { IsLearned: true, HasInnerLoop: false })
        {
            throw new InputException(
                $"--refine refines a learned z-update: add --z-solver {LearnedSolver.Published.Name}, " +
                $"{LearnedSolver.Linear.Name} or {LocalSolver.Learned.Name}, or leave it out");
        }

        if (solver is { IsLearned: false } && Inverses is not null)
        {
            string learned = string.Join(", ", ZSolvers.All.Where(one => one.IsLearned).Select(one => one.Name));
            throw new InputException(
                $"--inverse is for a learned z-update: add --z-solver with {Automatic} or one of {learned}, or leave it out");
        }

        List<TrainedInverses> inverses = [.. (Inverses ?? []).Select(InverseFile.Load)];
        if (solver is { IsLearned: true })
        {
            inverses.Add(ShippedWeights.Inverses());
        }

        return new ZSolverChoice(solver)
        {
            Inverses = [.. inverses.SelectMany(inverse => inverse.Networks)],
            Filters = [.. inverses.SelectMany(inverse => inverse.Filters)],
            Refinements = Refine,
            GuardTolerance = guard,
        };
    }

    /// <summary>Loads a prior for a task; it may have been trained for another built-in one.</summary>
    /// <exception cref="InputException">The file contains no prior.</exception>
    public static PriorWeights LoadFile(string file, ImageTask task) =>
        Advice.Add($"; train one with '{TrainCommand}'", () => PriorWeights.Load(file, task));

    private static void Check(PriorWeights? weights, ImageTask task, string advice)
    {
        if (weights?.WhyNot(task, task.TrainedChannels) is { } reason)
        {
            throw new InputException($"{reason}: {advice}");
        }
    }
}
