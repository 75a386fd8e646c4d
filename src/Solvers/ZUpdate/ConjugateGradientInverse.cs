using InfAdmm.Engine;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// Conjugate gradients for (ρI + A Aᵀ) w = e on the measurement grid, warm-started at the last solution
/// (docs/mathematics.md §3). Applies to any operator; if A Aᵀ is a small periodic convolution, it is one op of the
/// device.
/// </summary>
public sealed class ConjugateGradientInverse : IGramInverse
{
    private readonly Device _device;
    private readonly InnerLoopSpec _loop;
    private readonly NormalOperator _normal;
    private readonly InnerLoopWorkspace _workspace;
    private readonly Tensor _solution;

    /// <summary>Creates the solver. It starts at zero.</summary>
    public ConjugateGradientInverse(ILinearOperator linearOperator, double rho, InnerLoopSpec loop)
    {
        _device = linearOperator.Device;
        _loop = loop;
        _normal = new NormalOperator(linearOperator, rho);
        _workspace = new InnerLoopWorkspace(_device, linearOperator.MeasurementShape);
        _solution = _device.AllocateZeros(linearOperator.MeasurementShape);
    }

    /// <summary>The z-solver <c>cg</c>.</summary>
    public static ZSolver Solver { get; } = new ConjugateGradients();

    /// <inheritdoc/>
    public int InnerIterations => (int)_workspace.Iterations.ToScalar();

    /// <inheritdoc/>
    public bool IsRecordable => _normal.Kernel is not null && _device.SteersInnerLoops;

    /// <inheritdoc/>
    public void Restart() => _device.Fill(0, _solution);

    /// <inheritdoc/>
    public void Apply(Tensor e, Tensor w)
    {
        if (_normal.Kernel is { } kernel)
        {
            _device.SolveGram(e, kernel, _loop, _workspace, _solution);
        }
        else
        {
            double target = HostLoops.SquaredTarget(e, _loop, _workspace);
            _normal.Residual(e, _solution, _workspace.Residual);
            HostLoops.ConjugateGradients(_normal, target, _loop, _workspace, _solution);
        }

        _device.Copy(_solution, w);
    }

    /// <summary>Frees the workspace.</summary>
    public void Dispose()
    {
        _solution.Dispose();
        _workspace.Dispose();
        _normal.Dispose();
    }

    private sealed class ConjugateGradients : InverseZSolver
    {
        public override string Name => "cg";

        public override string Colour => "#0072B2";

        public override bool HasInnerLoop => true;

        public override string? WhyNot(ZSolverContext context) => null;

        public override string Describe(ZSolverContext context) => context.Operator.Gram.Kernel is { } kernel
            ? $"A, inner loop with a {kernel.Height}×{kernel.Width} kernel, Aᵀ"
            : "A, inner loop with A after Aᵀ on the measurement grid";

        public override IZUpdate Create(ZSolverContext context) =>
            context.Update == UpdateForm.Residual && context.Operator.Gram.Kernel is null
                ? new PreconditionedUpdate(context, preconditioner: null)
                : base.Create(context);

        public override IGramInverse CreateInverse(ZSolverContext context) =>
            new ConjugateGradientInverse(context.Operator, context.Rho, context.InnerLoop);
    }
}
