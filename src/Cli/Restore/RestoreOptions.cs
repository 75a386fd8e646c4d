using InfAdmm.Cli.Options;
using InfAdmm.Imaging.Restoration;
using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Cli.Restore;

/// <summary>The options of <c>restore</c>. Where a value is null, that of the prior's training is used.</summary>
internal sealed class RestoreOptions(OptionBinder options)
{
    /// <summary>The measurement files.</summary>
    public PictureOptions Pictures { get; } = new(options,
        "Pictures to restore: low-resolution ones for sr4 and color-sr2, blurred ones for deblur.");

    /// <summary>The task that describes the measurements.</summary>
    public TaskOptions Task { get; } = new(options);

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
}

/// <summary>The kinds of priors.</summary>
internal enum PriorKind
{
    /// <summary>The prior of the task.</summary>
    Task,

    /// <summary>The unconditional denoiser.</summary>
    Denoiser,
}
