using InfAdmm.Imaging.Restoration;

namespace InfAdmm.Cli;

/// <summary>The options of <c>restore</c>. What is null is as the prior was trained.</summary>
/// <param name="Task">What the files were measured by.</param>
/// <param name="Prior">What restores them.</param>
/// <param name="Files">The measurements.</param>
internal sealed record RestoreOptions(TaskOptions Task, PriorSelection Prior, IReadOnlyList<string> Files)
{
    /// <summary>One ρ for all iterations.</summary>
    public double? Rho { get; init; }

    /// <summary>Iterations of ADMM.</summary>
    public int? Iterations { get; init; }

    /// <summary>Pixels a side of the restored image in a tile; 0 for no tiles.</summary>
    public required int Tile { get; init; }
}
