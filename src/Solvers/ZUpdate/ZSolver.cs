using InfAdmm.Engine;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// A kind of z-update: its name, when it applies and how it is made. Each z-solver states this beside its own code;
/// <see cref="ZSolvers.All"/> lists them, and help, tables and figures follow from the list.
/// </summary>
public abstract class ZSolver
{
    /// <summary>What users call it.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// Its colour in figures, "#rrggbb". It belongs to the solver, so that a new solver does not recolour the others.
    /// </summary>
    public abstract string Colour { get; }

    /// <summary>
    /// True for a solver that iterates within a call, and so starts from the solution of its last call.
    /// </summary>
    public virtual bool HasInnerLoop => false;

    /// <summary>The trained inverse that it needs; null for a classical solver.</summary>
    public virtual InverseArchitecture? Architecture => null;

    /// <summary>Why it does not apply to a problem, or null if it does.</summary>
    public abstract string? WhyNot(ZSolverContext context);

    /// <summary>
    /// How it works on a problem to which it applies, in a few words: "A, two 128×128 transforms, Aᵀ".
    /// </summary>
    public abstract string Describe(ZSolverContext context);

    /// <summary>Makes the update; <see cref="WhyNot"/> must have returned null.</summary>
    public abstract IZUpdate Create(ZSolverContext context);
}

/// <summary>A z-solver that is an inverse on the measurement grid within the residual or the published form.</summary>
public abstract class InverseZSolver : ZSolver
{
    /// <inheritdoc/>
    public override IZUpdate Create(ZSolverContext context)
    {
        IGramInverse inverse = CreateInverse(context);
        int refinements = Architecture is null ? 0 : context.Refinements;
        return context.Update == UpdateForm.Published
            ? new PublishedUpdate(context.Operator, context.Y, context.Rho, inverse)
            : new MeasurementUpdate(context.Operator, context.Y, context.Rho, inverse, refinements);
    }

    /// <summary>Makes B.</summary>
    public abstract IGramInverse CreateInverse(ZSolverContext context);
}

/// <summary>The form of the z-update.</summary>
public enum UpdateForm
{
    /// <summary>z = q + Aᵀ B (y − A q).</summary>
    Residual,

    /// <summary>The paper's (11), z = ρ⁻¹(I − Aᵀ B A)(Aᵀ y + ρ q).</summary>
    Published,
}

/// <summary>Everything that a z-solver is made from.</summary>
/// <param name="Operator">A; the caller keeps owning it.</param>
/// <param name="Y">The measurement; the caller keeps owning it.</param>
/// <param name="Rho">The penalty ρ.</param>
public sealed record ZSolverContext(ILinearOperator Operator, Tensor Y, double Rho)
{
    /// <summary>When inner loops stop.</summary>
    public InnerLoopSpec InnerLoop { get; init; } = InnerLoopSpec.Default;

    /// <summary>
    /// Trained inverses; those for another operator, stride, boundary, ρ or channel count are ignored.
    /// </summary>
    public IReadOnlyList<InverseWeights> Weights { get; init; } = [];

    /// <summary>How often the learned inverses are refined.</summary>
    public int Refinements { get; init; }

    /// <summary>The form of the z-update.</summary>
    public UpdateForm Update { get; init; } = UpdateForm.Residual;

    /// <summary>The problem that a learned inverse must have been trained for; null where none can be.</summary>
    public InverseProblem? Problem => Operator is IBlur blur
        ? new InverseProblem(blur.Kernel, blur.Stride, Rho, blur.Boundary)
        : null;

    /// <summary>The trained inverse of an architecture for this operator and ρ, or null.</summary>
    public InverseWeights? FindWeights(InverseArchitecture architecture) => Problem is { } problem
        ? Weights.FirstOrDefault(w =>
            w.Architecture == architecture
            && (w.Channels == 1 || w.Channels == Operator.MeasurementShape.C)
            && w.Problem.IsSameAs(problem))
        : null;
}
