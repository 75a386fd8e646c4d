using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>Which methods are compared, and their settings.</summary>
public sealed record MethodOptions
{
    /// <summary>Some of <see cref="RestorationMethods.Names"/>; null for all that make sense for the task.</summary>
    public IReadOnlyList<string>? Methods { get; init; }

    /// <summary>The prior of the learned methods; null for the one that comes with the library.</summary>
    public PriorWeights? Prior { get; init; }

    /// <summary>Which of the priors that come with the library.</summary>
    public PriorArchitecture Network { get; init; }

    /// <summary>The z-update of ADMM with the learned prior.</summary>
    public ZSolverChoice ZSolver { get; init; } = ZSolverChoice.CheapestExact;

    /// <summary>ADMM runs once with each of these penalties ρ; null for those that were trained.</summary>
    public IReadOnlyList<double>? Rho { get; init; }

    /// <summary>Iterations of the methods that iterate; null for each method's own count.</summary>
    public int? Iterations { get; init; }

    /// <summary>The prior for a task.</summary>
    /// <exception cref="InputException">No prior was given, or it was trained for another task.</exception>
    public PriorWeights PriorFor(ImageTask task)
    {
        PriorWeights weights = Prior ?? ShippedWeights.Prior(task.Name, Network);
        return weights.WhyNot(task, task.TrainedChannels) is { } reason ? throw new InputException(reason) : weights;
    }
}
