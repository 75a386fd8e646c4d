using InfAdmm.Cli.Options;
using InfAdmm.Engine;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Cli.Laplace;

/// <summary>The options of <c>laplace</c>. What is null takes the preset's value or was not asked for.</summary>
/// <param name="Operator">The preset, and what A is made of.</param>
internal sealed record LaplaceOptions(OperatorOptions Operator)
{
    /// <summary>Standard deviation of the noise.</summary>
    public double? Sigma { get; init; }

    /// <summary>The scale b of the Laplace prior.</summary>
    public double? Scale { get; init; }

    /// <summary>The share of pixels of x that are drawn, the others being 0.</summary>
    public double? Density { get; init; }

    /// <summary>How many iterations to run.</summary>
    public int? Iterations { get; init; }

    /// <summary>The user's own measurement: an .npy or an image file.</summary>
    public string? Y { get; init; }

    /// <summary>The solvers named; null for all that apply.</summary>
    public IReadOnlyList<string>? Solvers { get; init; }

    /// <summary>When inner loops stop.</summary>
    public required InnerLoopSpec InnerLoop { get; init; }

    /// <summary>Weights of the learned solvers.</summary>
    public string? Weights { get; init; }

    /// <summary>Trains the learned solvers first.</summary>
    public bool Retrain { get; init; }

    /// <summary>How long each trains, in seconds.</summary>
    public required double TrainSeconds { get; init; }

    /// <summary>Refinement steps of the learned solvers.</summary>
    public required int Refine { get; init; }

    /// <summary>The form of the z-update.</summary>
    public required UpdateForm Update { get; init; }

    /// <summary>Runs of each solver, of which the median counts.</summary>
    public required int Repeat { get; init; }

    /// <summary>Where the final tensors go; null for nowhere.</summary>
    public string? Dump { get; init; }
}
