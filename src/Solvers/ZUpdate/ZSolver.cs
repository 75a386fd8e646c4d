using InfAdmm.Engine;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// A kind of z-update: its name, when it applies and how to create it. Each z-solver is defined next to its own code;
/// <see cref="ZSolvers.All"/> lists them, and help, tables and figures follow from that list.
/// </summary>
public abstract class ZSolver
{
    /// <summary>The name for users.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// The colour in figures, "#rrggbb". It belongs to the solver, so that adding a solver does not change the others.
    /// </summary>
    public abstract string Colour { get; }

    /// <summary>
    /// Whether the solver iterates within a call.
    /// </summary>
    public virtual bool HasInnerLoop => false;

    /// <summary>The architecture of the trained network that it needs; null for a solver without one.</summary>
    public virtual InverseArchitecture? Architecture => null;

    /// <summary>Whether it needs weights that were trained for the operator and ρ.</summary>
    public virtual bool IsLearned => Architecture is not null;

    /// <summary>Whether refinement steps improve its solution (<see cref="ZSolverContext.Refinements"/>).</summary>
    public virtual bool TakesRefinements => IsLearned && !HasInnerLoop;

    /// <summary>
    /// Whether a call starts from the solution of the last one, so that every run needs a new update.
    /// </summary>
    public virtual bool IsWarmStarted => HasInnerLoop;

    /// <summary>Returns why the solver does not apply to a problem; null if it applies.</summary>
    public abstract string? WhyNot(ZSolverContext context);

    /// <summary>
    /// Describes in a few words how it works on a problem to which it applies: "A, two 128×128 transforms, Aᵀ".
    /// </summary>
    public abstract string Describe(ZSolverContext context);

    /// <summary>
    /// The ρ between which a loop that changes ρ may move with this solver. It need not apply at every ρ between them.
    /// </summary>
    /// <param name="context">The problem, with the ρ that the loop starts from.</param>
    public virtual (double Least, double Largest) RhoRange(ZSolverContext context) => (0, double.PositiveInfinity);

    /// <summary>The number of pairs of products with A and Aᵀ that the set-up takes; 0 for almost none.</summary>
    public virtual int SetupProducts(ZSolverContext context) => 0;

    /// <summary>Creates the update. <see cref="WhyNot"/> must have returned null.</summary>
    public abstract IZUpdate Create(ZSolverContext context);

    /// <summary>
    /// Creates an update for each of several ρ, for a loop that runs one of them at a time: they may share memory, so
    /// all must be disposed together. <see cref="WhyNot"/> must have returned null for each ρ.
    /// </summary>
    /// <param name="context">The problem; its ρ is not used.</param>
    /// <param name="rho">The penalties.</param>
    public virtual IReadOnlyList<IZUpdate> CreateForEach(ZSolverContext context, IReadOnlyList<double> rho)
    {
        var updates = new List<IZUpdate>();
        try
        {
            foreach (double value in rho)
            {
                updates.Add(Create(context with { Rho = value }));
            }

            return updates;
        }
        catch
        {
            updates.ForEach(update => update.Dispose());
            throw;
        }
    }
}

/// <summary>A z-solver based on an inverse on the measurement grid, in the residual or the published form.</summary>
public abstract class InverseZSolver : ZSolver
{
    /// <inheritdoc/>
    public override IZUpdate Create(ZSolverContext context)
    {
        IGramInverse inverse = CreateInverse(context);
        int refinements = Architecture is null ? 0 : context.Refinements;
        if (context.Update == UpdateForm.Published)
        {
            return new PublishedUpdate(context.Operator, context.Y, context.Rho, inverse);
        }

        var update = new MeasurementUpdate(context.Operator, context.Y, context.Rho, inverse, refinements);
        return Architecture is not null && context.GuardTolerance is { } tolerance
            ? new GuardedUpdate(update, tolerance, context.InnerLoop.MaxIterations)
            : update;
    }

    /// <summary>Creates the inverse B.</summary>
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

/// <summary>The arguments for creating a z-solver.</summary>
/// <param name="Operator">The operator A. The caller keeps ownership.</param>
/// <param name="Y">The measurement. The caller keeps ownership.</param>
/// <param name="Rho">The penalty ρ.</param>
/// <exception cref="ArgumentOutOfRangeException">ρ is not a finite number above 0.</exception>
/// <exception cref="ShapeException">The measurement does not have the operator's shape.</exception>
public sealed record ZSolverContext(ILinearOperator Operator, Tensor Y, double Rho)
{
    /// <summary>The measurement y.</summary>
    public Tensor Y { get; } = Y.Shape == Operator.MeasurementShape
        ? Y
        : throw new ShapeException($"the measurement must be {Operator.MeasurementShape}, got {Y.Shape}");

    /// <summary>The penalty ρ.</summary>
    public double Rho { get; init => field = Checked(value); } = Checked(Rho);

    /// <summary>The stopping criteria of inner loops.</summary>
    public InnerLoopSpec InnerLoop { get; init; } = InnerLoopSpec.Default;

    /// <summary>
    /// The trained inverses. Those for another operator, stride, boundary, ρ or number of channels are ignored.
    /// </summary>
    public IReadOnlyList<InverseWeights> Weights { get; init; } = [];

    /// <summary>The trained filters. Those for another operator or ρ are ignored.</summary>
    public IReadOnlyList<LocalFilters> Filters { get; init; } = [];

    /// <summary>The number of refinement steps of the learned inverses.</summary>
    public int Refinements { get; init; }

    /// <summary>
    /// The relative error up to which learned inverses are trusted: <see cref="GuardedUpdate"/> improves a z whose
    /// bound is larger, with at most the iterations of <see cref="InnerLoop"/>. Null if they run without a guard. A
    /// usual value is <see cref="GuardedUpdate.DefaultTolerance"/>.
    /// </summary>
    public double? GuardTolerance { get; init => field = CheckedTolerance(value); }

    /// <summary>The form of the z-update.</summary>
    public UpdateForm Update { get; init; } = UpdateForm.Residual;

    /// <summary>
    /// The problem that a learned inverse must have been trained for; null if there is none for the operator.
    /// </summary>
    public InverseProblem? Problem => Operator.GramBlur is { } blur
        ? new InverseProblem(blur.Kernel, blur.Stride, Rho, blur.Boundary)
        : null;

    /// <summary>
    /// Returns the trained inverse of an architecture for this operator and ρ; null if there is none.
    /// </summary>
    public InverseWeights? FindWeights(InverseArchitecture architecture) => Problem is { } problem
        ? Weights.FirstOrDefault(w =>
            w.Architecture == architecture
            && (w.Channels == 1 || w.Channels == Operator.MeasurementShape.C)
            && w.Problem.IsSameAs(problem))
        : null;

    /// <summary>Returns the trained filters for this operator and ρ; null if there are none.</summary>
    public LocalFilters? FindFilters() => Operator.Local is { } model
        ? Filters.FirstOrDefault(filters => filters.Fit(model, Rho))
        : null;

    private static double? CheckedTolerance(double? tolerance) =>
        tolerance is null || (tolerance > 0 && double.IsFinite(tolerance.Value))
            ? tolerance
            : throw new ArgumentOutOfRangeException(
                nameof(tolerance), tolerance, "the tolerance of a guard must be a finite number above 0");

    private static double Checked(double rho) => rho > 0 && double.IsFinite(rho)
        ? rho
        : throw new ArgumentOutOfRangeException(nameof(rho), rho, "ρ must be a finite number above 0");
}
