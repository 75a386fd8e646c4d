using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>The methods to compare, and their settings.</summary>
public sealed record MethodOptions
{
    /// <summary>Some of <see cref="RestorationMethods.Names"/>; null for all that apply to the task.</summary>
    public IReadOnlyList<string>? Methods { get; init; }

    /// <summary>The prior of the learned methods; null for the built-in one.</summary>
    public PriorWeights? Prior { get; init; }

    /// <summary>Which of the built-in priors to use.</summary>
    public PriorArchitecture Network { get; init; }

    /// <summary>What the built-in prior was trained for.</summary>
    public PriorStyle Style { get; init; }

    /// <summary>
    /// The network of <see cref="NetworkMethod"/>; null for <see cref="Prior"/>, or if that is null too, for the built-in
    /// one that was trained to be applied once.
    /// </summary>
    public PriorWeights? Alone { get; init; }

    /// <summary>The denoiser of the plug-and-play method; null for the built-in one.</summary>
    public PriorWeights? Denoiser { get; init; }

    /// <summary>The weight λ for priors that are denoisers; null to search it, or for that of the task.</summary>
    public double? Lambda { get; init; }

    /// <summary>The first and last σ of a denoiser (<see cref="DenoisingSchedule"/>); null for the task's or to search.</summary>
    public (double First, double Last)? Levels { get; init; }

    /// <summary>The z-update of ADMM with the learned prior.</summary>
    public ZSolverChoice ZSolver { get; init; } = ZSolverChoice.CheapestExact;

    /// <summary>The penalties ρ; ADMM runs once with each. Null for the trained ones.</summary>
    public IReadOnlyList<double>? Rho { get; init; }

    /// <summary>The number of iterations of iterative methods; null for the default of each method.</summary>
    public int? Iterations { get; init; }

    /// <summary>Returns why there are no weights of a kind for a task; null if there are.</summary>
    internal string? WhyNoWeights(NeededWeights needed, ImageTask task) => needed switch
    {
        NeededWeights.Prior when Prior is null && ShippedWeights.FindPrior(task.Name, Network, Style) is null =>
            $"there are no built-in weights for the task {task.Name}",
        NeededWeights.Denoiser when Denoiser is null && ShippedWeights.FindDenoiser(task) is null =>
            $"there is no built-in denoiser for the task {task.Name}",
        _ => null,
    };

    /// <summary>Returns the denoiser for a task.</summary>
    /// <exception cref="InputException">No denoiser was given, or it is for images of another kind.</exception>
    public PriorWeights DenoiserFor(ImageTask task)
    {
        PriorWeights weights = Denoiser ?? ShippedWeights.Denoiser(task);
        return weights.WhyNot(task, task.TrainedChannels) is { } reason ? throw new InputException(reason) : weights;
    }

    /// <summary>Returns the network that is applied once.</summary>
    /// <exception cref="InputException">No weights fit the task.</exception>
    public PriorWeights AloneFor(ImageTask task)
    {
        PriorWeights? alone = Alone ?? (Prior is null && Network == PriorArchitecture.Default
            ? ShippedWeights.FindAlone(task.Name)
            : null);
        return alone is not null && alone.WhyNot(task, task.TrainedChannels) is null ? alone : PriorFor(task);
    }

    /// <summary>Returns the prior for a task.</summary>
    /// <exception cref="InputException">No prior was given, or it was trained for another task.</exception>
    public PriorWeights PriorFor(ImageTask task)
    {
        PriorWeights weights = Prior ?? ShippedWeights.Prior(task.Name, Network, Style);
        return weights.WhyNot(task, task.TrainedChannels) is { } reason ? throw new InputException(reason) : weights;
    }
}
