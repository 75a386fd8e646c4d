using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Restoration;
using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Cli.Options;

/// <summary>
/// The options of every command that restores pictures. Where a value is null, that of the prior's training is used.
/// </summary>
/// <param name="options">Declares and reads the options.</param>
/// <param name="isTaskRequired">False if the command can do something without a task.</param>
internal sealed class RestorerOptions(OptionBinder options, bool isTaskRequired = true)
{
    /// <summary>The task that describes the measurements.</summary>
    public TaskOptions Task { get; } = new(options, isTaskRequired);

    /// <summary>The prior and the z-update.</summary>
    public PriorSelection Prior { get; } = new(options);

    /// <summary>Which kind of prior to use.</summary>
    public PriorKind Kind { get; } = options.Choice("--prior",
        "The prior: that of the task, or a denoiser that works for every task (plug-and-play).",
        PriorKind.Task);

    /// <summary>The schedule of a denoiser.</summary>
    public ScheduleOptions Schedule { get; } = new(options);

    /// <summary>The relative tolerance of the stopping rule; null for a fixed number of iterations.</summary>
    public double? Tolerance { get; } = options.Optional(OptionFactory.Positive("--tolerance", "EPS",
        "Stops when the primal and the dual residual are below this fraction of the iterates; --iterations is then the " +
        "maximum, 100 by default.", maximum: 1));

    /// <summary>One penalty ρ for all iterations.</summary>
    public double? Rho { get; } = options.Optional(OptionFactory.Positive("--rho", "RHO",
        "One ADMM penalty for all iterations; default: the trained ones."));

    /// <summary>The number of ADMM iterations.</summary>
    public int? Iterations { get; } = options.Optional(OptionFactory.Integer("--iterations", "K",
        "Number of ADMM iterations; default: the trained number.", minimum: 1, maximum: 100_000));

    /// <summary>Where the pixels of a measurement lie in the result.</summary>
    public PixelAlignment Alignment { get; } = options.Choice("--align",
        "Where pixel (i, j) of a measurement lies: on pixel (s·i, s·j) of the result, as in the output of degrade, or in " +
        "the center of s×s pixels, as in pictures from cameras and other programs.", PixelAlignment.Grid);

    /// <summary>How the margin of a blurred picture is treated; null for what suits task and z-solver.</summary>
    public EdgeModel? Edges { get; } = options.Optional(OptionFactory.Choice("--edges",
        "The margin around a blurred picture: unknown has no measurements there, mirrored mirrors them, for z-solvers that " +
        "need a periodic blur. Default: unknown, if the z-solver takes a mask.",
        [.. Enum.GetNames<EdgeModel>().Select(name => name.ToLowerInvariant())]))
        is { } text ? Enum.Parse<EdgeModel>(text, ignoreCase: true) : null;

    /// <summary>The maximum side of a tile, in pixels of the restored image; 0 for no tiles.</summary>
    public int Tile { get; } = options.WithDefault(
        OptionFactory.Integer("--tile", "N",
            "Restores in overlapping tiles of at most N pixels a side, measured in the result; 0: no tiles.",
            minimum: 0, maximum: 1 << 15),
        RestorationOptions.DefaultTile);

    /// <summary>Loads the prior and checks that it fits the task and the other options.</summary>
    /// <param name="note">Called with what the user should know about the kernel.</param>
    /// <exception cref="InputException">A file cannot be used, or options do not fit together.</exception>
    public (PriorWeights Weights, RestorationOptions Restoration) Load(Action<string> note)
    {
        if (Prior.DenoiserFile is not null && Kind != PriorKind.Denoiser)
        {
            throw new InputException("--denoiser replaces the built-in denoiser: add --prior denoiser, or leave it out");
        }

        if (Prior.Style == PriorStyle.Sharp && Kind == PriorKind.Denoiser)
        {
            throw new InputException("--style sharp is for the prior of the task: leave out --prior denoiser, or the style");
        }

        ImageTask known = ImageTasks.Find(Task.Task);
        PriorWeights weights = Kind == PriorKind.Denoiser ? Prior.LoadDenoiser(known) : Prior.Load(known);
        RestorationOptions restoration = Restoration(known, weights, note);
        return Restorer.WhyNot(weights, restoration.Task!) is { } reason
            ? throw new InputException($"{reason}: {Prior.AdviceFor(TrainCommand(restoration.Task!))}")
            : (weights, restoration);
    }

    /// <summary>Creates the restorer.</summary>
    /// <param name="device">The device to run on.</param>
    /// <param name="weights">The prior from <see cref="Load"/>.</param>
    /// <param name="restoration">The options from <see cref="Load"/>.</param>
    /// <param name="note">Called with what the user should know about the prior and the z-solver.</param>
    /// <exception cref="InputException">
    /// The z-solver does not apply, or the weights do not fit their network.
    /// </exception>
    public Restorer Create(
        Device device, PriorWeights weights, RestorationOptions restoration, Action<string> note)
    {
        var restorer = new Restorer(device, weights, restoration);
        if (restorer.HasForeignKernel)
        {
            note(
                $"the prior was trained for the kernel {weights.Task.Kernel.Name}; " +
                $"one trained for this kernel may be better: {TrainCommand(restorer.Task)}");
        }

        if (restorer.Edges == EdgeModel.Mirrored && Edges is null && restorer.Task.Start.MarginIterations > 0)
        {
            note(
                $"the z-solver {Prior.ZSolverName} needs a periodic blur, so the margin is mirrored; edges are better with " +
                "--z-solver auto");
        }

        return restorer;
    }

    /// <summary>The kernel and the noise are those of the training, unless the options replace them.</summary>
    private RestorationOptions Restoration(ImageTask known, PriorWeights weights, Action<string> note)
    {
        ImageTask task = Task.Apply(known.IsVariantOf(weights.Task) ? weights.Task : known, note);
        if (Schedule.IsGiven && !weights.IsDenoiser)
        {
            throw new InputException(
                "--lambda and --levels set the schedule of a denoiser; this prior has the ρ of its training: add --prior " +
                "denoiser, or leave them out");
        }

        return new RestorationOptions
        {
            Task = task,
            GreyPrior = Kind == PriorKind.Denoiser ? Prior.LoadGreyDenoiser(known) : null,
            Rho = Rho,
            Schedule = Schedule.IsGiven ? Schedule.Apply(task.Denoising) : null,
            Tolerance = Tolerance,
            Iterations = Iterations,
            Alignment = Alignment,
            Edges = Edges,
            ZSolver = Prior.Solver(),
            Tile = Tile,
        };
    }

    private static string TrainCommand(ImageTask task) =>
        $"infadmm train prior --task {task.Name} --kernel {task.Kernel.Name} --data PATH --weights FILE";
}

/// <summary>The kinds of priors.</summary>
internal enum PriorKind
{
    /// <summary>The prior of the task.</summary>
    Task,

    /// <summary>The unconditional denoiser.</summary>
    Denoiser,
}
