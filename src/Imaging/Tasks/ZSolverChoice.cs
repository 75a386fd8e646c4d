using InfAdmm.Engine;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Imaging.Tasks;

/// <summary>The z-update that restores images.</summary>
/// <param name="Name">One of <see cref="ZSolvers.Names"/>; null for the cheapest exact one.</param>
public sealed record ZSolverChoice(string? Name)
{
    /// <summary>The cheapest exact z-update.</summary>
    public static ZSolverChoice CheapestExact { get; } = new((string?)null);

    /// <summary>The trained inverses that the learned z-updates choose from.</summary>
    public IReadOnlyList<InverseWeights> Inverses { get; init; } = [];

    /// <summary>Creates the z-update for a measurement and ρ.</summary>
    /// <exception cref="InputException">The solver does not apply; the message says why.</exception>
    public IZUpdate Create(TaskOperator linearOperator, Tensor y, double rho)
    {
        ZSolverContext context = linearOperator.Context(y, rho) with { Weights = Inverses };
        return Name is { } name
            ? ZSolvers.Create(name, context)
            : ZSolvers.CheapestExact(context.Operator).Create(context);
    }
}
