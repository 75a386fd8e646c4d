using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// Gradient descent on the image grid, the paper's baseline, in its best form. The unknown is d = z − q, which stays in
/// the range of Aᵀ, where the eigenvalues of ρI + AᵀA are ρ + Γ. The optimal fixed step is therefore 2/(2ρ + Γ_min +
/// Γ_max), with the bounds of Γ from <see cref="GramBounds"/>, and not the far smaller step that the null space of A
/// would require. Warm-started at the last d. Also stops if rounding keeps the gradient from decreasing further.
/// </summary>
public sealed class GradientDescentUpdate : IZUpdate
{
    private readonly ILinearOperator _operator;
    private readonly IBlur? _periodic;
    private readonly Tensor _y;
    private readonly float _penalty;
    private readonly float _step;
    private readonly int _patience;
    private readonly InnerLoopSpec _loop;
    private readonly TensorScope _scope;
    private readonly InnerLoopWorkspace _workspace;
    private readonly Tensor _rule;
    private readonly Tensor _e;
    private readonly Tensor _difference;

    /// <summary>Creates the solver. It starts at d = 0.</summary>
    public GradientDescentUpdate(ILinearOperator linearOperator, Tensor y, double rho, InnerLoopSpec loop)
    {
        _operator = linearOperator;
        _periodic = linearOperator is IBlur { Boundary: Boundary.Periodic } blur ? blur : null;
        _y = y;
        _loop = loop;
        _penalty = (float)rho;
        (double smallest, double largest, _) = GramBounds.Of(linearOperator, cancellation: loop.Cancellation);
        _step = (float)(2 / (2 * rho + smallest + largest));

        // In exact arithmetic the gradient shrinks by 1/e in this many steps. If it does not, rounding is the limit.
        double contraction = (largest - smallest) / (2 * rho + largest + smallest);
        _patience = (int)Math.Clamp(Math.Ceiling(-1 / Math.Log(Math.Max(contraction, 1e-9))), 10, 10_000);
        Device device = linearOperator.Device;
        _scope = new TensorScope(device);
        _workspace = new InnerLoopWorkspace(device, linearOperator.ImageShape, linearOperator.MeasurementShape);
        _rule = _scope.Add(device.Allocate(Shape.Vector(2), [_penalty, _step]));
        _e = _scope.Allocate(linearOperator.MeasurementShape);
        _difference = _scope.Add(device.AllocateZeros(linearOperator.ImageShape));
    }

    /// <summary>The z-solver <c>gd</c>.</summary>
    public static ZSolver Solver { get; } = new ImageGridSolver(
        "gd", "#CC79A7", "inner loop with A and Aᵀ at the optimal fixed step",
        context => context.Operator.Gram is UnstructuredGram ? 2 * GramBounds.UsualPowerIterations : 0,
        context => new GradientDescentUpdate(context.Operator, context.Y, context.Rho, context.InnerLoop));

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
            device.DescendNormal(_e, blur.KernelTensor, blur.Stride, _rule, _patience, _loop, _workspace, _difference);
        }
        else
        {
            DescendFromHost();
        }

        device.Combine(1, q, 1, _difference, z);
    }

    /// <summary>Frees the workspace.</summary>
    public void Dispose()
    {
        _scope.Dispose();
        _workspace.Dispose();
    }

    private void DescendFromHost()
    {
        _operator.Adjoint(_e, _workspace.Residual);
        double target = Math.Sqrt(HostLoops.SquaredTarget(_workspace.Residual, _loop, _workspace));
        var descent = new OperatorDescent(_operator, _e, _penalty, _step, _workspace.Measured!, _workspace.Part(1));
        HostLoops.Descend(descent, _step, target, _patience, _loop, _workspace, _difference);
    }

    /// <summary>next = current + step·(Aᵀ(e − A current) − ρ current).</summary>
    private readonly struct OperatorDescent(
        ILinearOperator linearOperator, Tensor e, float rho, float step, Tensor measured, Tensor decayed) : IDescent
    {
        public void Step(Tensor current, Tensor next)
        {
            linearOperator.Residual(e, current, measured);
            linearOperator.Device.Scale((float)(1 - (double)step * rho), current, decayed);
            linearOperator.AddAdjoint(decayed, step, measured, next);
        }
    }
}
