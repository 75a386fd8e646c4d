using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Solvers;

namespace InfAdmm.Imaging.Restoration;

/// <summary>
/// The options of an <see cref="Restorer"/>. Where a value is null, that of the prior's training is used.
/// </summary>
public sealed record RestorationOptions
{
    /// <summary>The default maximum of iterations with a tolerance.</summary>
    public const int MostIterations = 100;

    /// <summary>The default of <see cref="Tile"/>.</summary>
    public const int DefaultTile = 1024;

    /// <summary>
    /// The task that describes the measurements; null for the task, kernel and noise of the prior's training.
    /// </summary>
    public ImageTask? Task { get; init; }

    /// <summary>
    /// A prior for grey pictures, beside one for colour; null to copy a grey picture to all channels of the prior, which
    /// takes as long as a colour picture.
    /// </summary>
    public PriorWeights? GreyPrior { get; init; }

    /// <summary>One penalty ρ for all iterations; null for the trained ones.</summary>
    public double? Rho { get; init; }

    /// <summary>
    /// The noise levels and penalties of a prior that is a denoiser; null for those of the task. Only for denoisers
    /// (<see cref="PriorWeights.IsDenoiser"/>); <see cref="Rho"/> replaces its penalties, and <see cref="Iterations"/> its
    /// length.
    /// </summary>
    public DenoisingSchedule? Schedule { get; init; }

    /// <summary>
    /// The number of ADMM iterations; null for the trained number, or <see cref="MostIterations"/> with a tolerance.
    /// </summary>
    public int? Iterations { get; init; }

    /// <summary>
    /// The number of ADMM iterations of a picture that continues from the last one
    /// (<see cref="Restorer.RestoreNext"/>), or with a tolerance their maximum; null if no picture does. They have
    /// the ρ and levels of the last trained steps, but never of the first.
    /// </summary>
    public int? ContinuedIterations { get; init; }

    /// <summary>
    /// The relative tolerance of the stopping rule (<see cref="AdmmResiduals.AreWithin"/>, with the default absolute
    /// one), which ends the loop early; null for a fixed number of iterations.
    /// </summary>
    public double? Tolerance { get; init; }

    /// <summary>Where the pixels of the measurement lie in the result.</summary>
    public PixelAlignment Alignment { get; init; }

    /// <summary>
    /// How the z-update treats the margin of a blurred picture; null for <see cref="EdgeModel.Unknown"/>, unless the task
    /// needs none or the chosen z-solver takes no mask.
    /// </summary>
    public EdgeModel? Edges { get; init; }

    /// <summary>The z-update.</summary>
    public ZSolverChoice ZSolver { get; init; } = ZSolverChoice.CheapestExact;

    /// <summary>
    /// The maximum side of a tile, in pixels of the restored image; larger pictures are restored in tiles. 0 for no
    /// tiles. A tile is at least twice as large as the overlap of two tiles.
    /// </summary>
    public int Tile { get; init; } = DefaultTile;
}
