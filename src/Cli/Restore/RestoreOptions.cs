using InfAdmm.Cli.Options;

namespace InfAdmm.Cli.Restore;

/// <summary>The options of <c>restore</c>. Where a value is null, that of the prior's training is used.</summary>
/// <param name="Task">How the files were measured.</param>
/// <param name="Prior">What restores them.</param>
/// <param name="Files">The measurements.</param>
internal sealed record RestoreOptions(TaskOptions Task, PriorSelection Prior, IReadOnlyList<string> Files)
{
    /// <summary>One ρ for all iterations.</summary>
    public double? Rho { get; init; }

    /// <summary>Iterations of ADMM.</summary>
    public int? Iterations { get; init; }

    /// <summary>The largest side of a tile, in pixels of the restored image; 0 for no tiles.</summary>
    public required int Tile { get; init; }
}
