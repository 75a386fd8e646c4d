using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Imaging.Restoration;

/// <summary>Which learned prior and z-update a task runs with.</summary>
/// <param name="Network">Ours or the paper's, of those that come with the program.</param>
/// <param name="Weights">A file in place of those; null for none.</param>
/// <param name="ZSolver">One of <see cref="ZSolvers.Names"/>; null for the cheapest exact one.</param>
/// <param name="Inverse">A trained inverse for the learned z-updates beside those that come with the program.</param>
public sealed record PriorSelection(PriorArchitecture Network, string? Weights, string? ZSolver, string? Inverse)
{
    /// <summary>The prior, whatever it was trained for.</summary>
    /// <param name="task">The name of the task, of which one may come with the program.</param>
    /// <exception cref="InputException">There is none, or the file holds none.</exception>
    public PriorWeights Load(string task) => Weights is { } file
        ? PriorWeights.Load(file)
        : ShippedWeights.Prior(task, Network) ?? throw new InputException(
            $"--weights: no prior '{PriorWeights.NameOf(Network)}' for the task {task} comes with the program; make one " +
            $"with 'infadmm train prior --task {task} --data PATH --weights FILE' and give it");

    /// <summary>The prior for a task and its images.</summary>
    /// <param name="task">What it must be trained for.</param>
    /// <param name="channels">Channels of the images.</param>
    /// <exception cref="InputException">There is none, or it does not serve.</exception>
    public PriorWeights Load(ImageTask task, int channels)
    {
        PriorWeights weights = Load(task.Name);
        return weights.WhyNot(task, channels) is { } reason
            ? throw new InputException($"{reason}: give other --weights, or train some with 'infadmm train prior'")
            : weights;
    }

    /// <summary>What the learned z-updates choose from; nothing is read for the others.</summary>
    /// <exception cref="InputException">The trained inverse cannot be read.</exception>
    public IReadOnlyList<InverseWeights> Inverses()
    {
        if (ZSolver is not ("learned" or "learned-linear"))
        {
            return [];
        }

        IReadOnlyList<InverseWeights> shipped = ShippedWeights.Inverses();
        return Inverse is { } file ? [InverseWeights.Load(file), .. shipped] : shipped;
    }

    /// <summary>Makes z-updates.</summary>
    /// <exception cref="InputException">The trained inverse cannot be read.</exception>
    public ZSolverFactory SolverFactory()
    {
        if (ZSolver is not { } name)
        {
            return (linearOperator, y, rho) => linearOperator.CreateExactSolver(y, rho);
        }

        IReadOnlyList<InverseWeights> inverses = Inverses();
        return (linearOperator, y, rho) =>
            ZSolvers.Create(name, linearOperator.Context(y, rho) with { Weights = inverses });
    }
}
