using InfAdmm.Imaging.Tasks;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Imaging.Restoration;

/// <summary>How an <see cref="ImageRestorer"/> works. What is null is as the prior was trained.</summary>
public sealed record RestorationOptions
{
    /// <summary>Pixels a side of the restored image, above which it is restored in tiles, unless told otherwise.</summary>
    public const int DefaultTile = 1024;

    /// <summary>How the pictures were measured; null for the task, kernel and noise of the prior's training.</summary>
    public ImageTask? Task { get; init; }

    /// <summary>One penalty ρ for all iterations; null for those that were trained.</summary>
    public double? Rho { get; init; }

    /// <summary>Iterations of ADMM; null for as many as were trained.</summary>
    public int? Iterations { get; init; }

    /// <summary>One of <see cref="ZSolvers.Names"/>; null for the cheapest exact one.</summary>
    public string? ZSolver { get; init; }

    /// <summary>Trained inverses that the z-solvers <c>learned</c> and <c>learned-linear</c> choose from.</summary>
    public IReadOnlyList<InverseWeights> Inverses { get; init; } = [];

    /// <summary>
    /// The largest side of a tile, in pixels of the restored image; 0 for no tiles. At least twice the overlap of two
    /// tiles is taken.
    /// </summary>
    public int Tile { get; init; } = DefaultTile;
}
