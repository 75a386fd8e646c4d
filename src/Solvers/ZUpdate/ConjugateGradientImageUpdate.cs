using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// Conjugate gradients on the image grid, the most common form: (I + AᵀA/ρ) d = Aᵀe with z = q + d/ρ, warm-started at
/// the last d; scaled so that no right-hand side overflows if ρ is tiny. Each iteration costs one A and one Aᵀ. Applies
/// to any operator; for a periodic blur it is one op of the device.
/// </summary>
public sealed class ConjugateGradientImageUpdate : IZUpdate
{
    private readonly ILinearOperator _operator;
    private readonly IBlur? _periodic;
    private readonly Tensor _y;
    private readonly float _inverseRho;
    private readonly InnerLoopSpec _loop;
    private readonly TensorScope _scope;
    private readonly InnerLoopWorkspace _workspace;
    private readonly Tensor _rho;
    private readonly Tensor _e;
    private readonly Tensor _difference;

    /// <summary>Creates the solver. It starts at d = 0.</summary>
    public ConjugateGradientImageUpdate(ILinearOperator linearOperator, Tensor y, double rho, InnerLoopSpec loop)
    {
        _operator = linearOperator;
        _periodic = linearOperator is IBlur { Boundary: Boundary.Periodic } blur ? blur : null;
        _y = y;
        _inverseRho = (float)(1 / rho);
        _loop = loop;
        Device device = linearOperator.Device;
        _scope = new TensorScope(device);
        _workspace = new InnerLoopWorkspace(device, linearOperator.ImageShape, linearOperator.MeasurementShape);
        _rho = _scope.Add(device.Allocate(Shape.Scalar, [(float)rho]));
        _e = _scope.Allocate(linearOperator.MeasurementShape);
        _difference = _scope.Add(device.AllocateZeros(linearOperator.ImageShape));
    }

    /// <summary>The z-solver <c>cg-image</c>.</summary>
    public static ZSolver Solver { get; } = new ImageGridSolver(
        "cg-image", "#56B4E9", "inner loop with A and Aᵀ", _ => 0,
        context => new ConjugateGradientImageUpdate(context.Operator, context.Y, context.Rho, context.InnerLoop));

    /// <inheritdoc/>
    public int InnerIterations => (int)_workspace.Iterations.ToScalar();

    /// <inheritdoc/>
    public bool IsRecordable => _periodic is not null && _operator.Device.SteersInnerLoops;

    /// <inheritdoc/>
    public void MeasurementChanged() => _operator.Device.Fill(0, _difference);

    /// <inheritdoc/>
    public void Solve(Tensor q, Tensor z)
    {
        Device device = _operator.Device;
        _operator.Residual(_y, q, _e);
        if (_periodic is { } blur)
        {
            device.SolveNormal(_e, blur.KernelTensor, blur.Stride, _rho, _loop, _workspace, _difference);
        }
        else
        {
            SolveFromHost();
        }

        device.Combine(1, q, _inverseRho, _difference, z);
    }

    /// <summary>Frees the workspace.</summary>
    public void Dispose()
    {
        _scope.Dispose();
        _workspace.Dispose();
    }

    private void SolveFromHost()
    {
        Tensor scratch = _workspace.Part(1);
        Tensor measured = _workspace.Measured!;
        _operator.Adjoint(_e, scratch);
        double target = HostLoops.SquaredTarget(scratch, _loop, _workspace);

        // The residual at the start: Aᵀ(e − A d/ρ) − d.
        _operator.Residual(_e, _difference, measured, _inverseRho);
        _operator.Device.Scale(-1, _difference, scratch);
        _operator.AddAdjoint(scratch, 1, measured, _workspace.Residual);
        HostLoops.ConjugateGradients(
            new NormalMap(_operator, _inverseRho, measured), target, _loop, _workspace, _difference);
    }

    /// <summary>I + AᵀA/ρ.</summary>
    private readonly struct NormalMap(ILinearOperator linearOperator, float inverseRho, Tensor measured) : ISymmetricMap
    {
        public void Apply(Tensor x, Tensor y)
        {
            linearOperator.Apply(x, measured);
            linearOperator.AddAdjoint(x, inverseRho, measured, y);
        }
    }
}

/// <summary>A z-solver that iterates on the image grid, and therefore supports only the residual form.</summary>
internal sealed class ImageGridSolver(
    string name, string colour, string description, Func<ZSolverContext, int> setupProducts,
    Func<ZSolverContext, IZUpdate> create) : ZSolver
{
    public override string Name => name;

    public override string Colour => colour;

    public override bool HasInnerLoop => true;

    public override string? WhyNot(ZSolverContext context) => context.Update == UpdateForm.Published
        ? "the published update needs an inverse on the measurement grid, which this solver does not have"
        : null;

    public override string Describe(ZSolverContext context) => description;

    public override int SetupProducts(ZSolverContext context) => setupProducts(context);

    public override IZUpdate Create(ZSolverContext context) => create(context);
}
