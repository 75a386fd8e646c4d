using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// The z-solver <c>pcg-circulant</c>: conjugate gradients preconditioned by the inverse of the periodic convolution
/// closest to ρI + A Aᵀ, the mean of its diagonals (T. Chan, SIAM J. Sci. Stat. Comput. 9(4):766, 1988). It is exact
/// away from the border for a blur that does not vary.
/// </summary>
public sealed class CirculantPreconditioner : ZSolver
{
    private CirculantPreconditioner()
    {
    }

    /// <summary>The z-solver.</summary>
    public static ZSolver Solver { get; } = new CirculantPreconditioner();

    /// <inheritdoc/>
    public override string Name => "pcg-circulant";

    /// <inheritdoc/>
    public override string Colour => "#332288";

    /// <inheritdoc/>
    public override bool HasInnerLoop => true;

    /// <inheritdoc/>
    public override string? WhyNot(ZSolverContext context) => context switch
    {
        { Update: UpdateForm.Published } =>
            "the published update needs an inverse on the measurement grid, which this solver does not have",
        { Operator.Gram: not UnstructuredGram } => "the preconditioner would be the exact inverse: use fft",
        { Operator.Local: null } => "the operator is not described by kernels on a grid",
        _ => null,
    };

    /// <inheritdoc/>
    public override string Describe(ZSolverContext context)
    {
        Shape grid = context.Operator.MeasurementShape;
        return $"A, inner loop with A after Aᵀ and two {grid.H}×{grid.W} transforms";
    }

    /// <inheritdoc/>
    public override IZUpdate Create(ZSolverContext context)
    {
        ILinearOperator a = context.Operator;
        var inverse = new CirculantInverse(a.Device, a.Local!.AverageGram, a.MeasurementShape, context.Rho);
        return new PreconditionedUpdate(context, inverse);
    }

    /// <summary>All ρ share the workspace, and each update continues from the solution of the last one.</summary>
    public override IReadOnlyList<IZUpdate> CreateForEach(ZSolverContext context, IReadOnlyList<double> rho)
    {
        ILinearOperator a = context.Operator;
        var inverse = new CirculantInverse(a.Device, a.Local!.AverageGram, a.MeasurementShape, rho[0]);
        var first = new PreconditionedUpdate(context with { Rho = rho[0] }, inverse);
        return
        [
            first,
            .. rho.Skip(1).Select(other => new PreconditionedUpdate(first, other, new CirculantInverse(inverse, other))),
        ];
    }
}
