using InfAdmm.Solvers.Inverse;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// The z-solvers with a trained inverse, from those of <see cref="ZSolverContext.Weights"/> that fit the problem.
/// </summary>
public sealed class LearnedSolver : InverseZSolver
{
    private readonly InverseArchitecture _architecture;

    private LearnedSolver(string name, string colour, InverseArchitecture architecture)
    {
        Name = name;
        Colour = colour;
        _architecture = architecture;
    }

    /// <summary>The z-solver <c>learned</c>: the paper's network.</summary>
    public static ZSolver Published { get; } = new LearnedSolver("learned", "#D55E00", InverseArchitecture.Paper);

    /// <summary>
    /// The z-solver <c>learned-linear</c>: the network without ReLU, collapsed into one small kernel.
    /// </summary>
    public static ZSolver Linear { get; } = new LearnedSolver("learned-linear", "#009E73", InverseArchitecture.Linear);

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override string Colour { get; }

    /// <inheritdoc/>
    public override InverseArchitecture? Architecture => _architecture;

    /// <summary>Returns the z-solver that uses an architecture.</summary>
    public static ZSolver Of(InverseArchitecture architecture) =>
        architecture == InverseArchitecture.Paper ? Published : Linear;

    /// <inheritdoc/>
    public override string? WhyNot(ZSolverContext context)
    {
        if (context.GuardTolerance is not null && context.Update == UpdateForm.Published)
        {
            return "a guard needs the residual form of the update";
        }

        if (context.Problem is not { } problem)
        {
            return "there are no weights for an operator whose A Aᵀ is not that of a blur";
        }

        return context.FindWeights(_architecture) is { } weights
            ? weights.WhyNot(context.Operator.Device, context.Operator.MeasurementShape)
            : $"there are no weights for {problem}: train an inverse for it";
    }

    /// <inheritdoc/>
    public override string Describe(ZSolverContext context) => _architecture == InverseArchitecture.Paper
        ? "A, four convolutions of the network, Aᵀ"
        : "A, one small learned kernel, Aᵀ";

    /// <inheritdoc/>
    public override IGramInverse CreateInverse(ZSolverContext context) =>
        context.FindWeights(_architecture)!.ToInverse(context.Operator.Device, context.Operator.MeasurementShape);
}
