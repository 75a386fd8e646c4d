using InfAdmm.Cli.Options;
using InfAdmm.Imaging.Restoration;

namespace InfAdmm.Cli.Restore;

/// <summary>The options of <c>restore</c>. Where a value is null, that of the prior's training is used.</summary>
internal sealed class RestoreOptions(OptionBinder options)
{
    /// <summary>The measurements.</summary>
    public IReadOnlyList<string> Files { get; } = options.Arguments("FILES",
        "Pictures to restore: small ones for sr4 and color-sr2, blurred ones for deblur.");

    /// <summary>How the files were measured.</summary>
    public TaskOptions Task { get; } = new(options);

    /// <summary>What restores them.</summary>
    public PriorSelection Prior { get; } = new(options);

    /// <summary>One ρ for all iterations.</summary>
    public double? Rho { get; } = options.Optional(OptionFactory.Positive("--rho", "RHO",
        "One penalty of ADMM for all iterations; default: those that were trained."));

    /// <summary>Iterations of ADMM.</summary>
    public int? Iterations { get; } = options.Optional(OptionFactory.Integer("--iterations", "K",
        "Iterations of ADMM; default: as many as were trained.", minimum: 1, maximum: 100_000));

    /// <summary>The largest side of a tile, in pixels of the restored image; 0 for no tiles.</summary>
    public int Tile { get; } = options.WithDefault(
        OptionFactory.Integer("--tile", "N",
            "Restores pictures in overlapping tiles of at most N pixels a side, counted in the result; 0 never does.",
            minimum: 0, maximum: 1 << 15),
        RestorationOptions.DefaultTile);
}
