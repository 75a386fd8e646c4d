using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// Gradient descent on the image grid, the paper's baseline, at its best: the unknown is d = z − q, which stays in the
/// range of Aᵀ, where the eigenvalues of ρI + AᵀA are ρ + Γ; so the optimal fixed step is 2/(2ρ + Γ_min + Γ_max), with
/// the true bounds of Γ, and not the far smaller one that the null space of A would dictate. Warm started. Stops too
/// where rounding keeps the gradient from falling any further.
/// </summary>
public sealed class GradientDescentUpdate : IZUpdate
{
    private readonly BlurDownsample _operator;
    private readonly Tensor _y;
    private readonly int _patience;
    private readonly InnerLoopSpec _loop;
    private readonly TensorScope _scope;
    private readonly InnerLoopWorkspace _workspace;
    private readonly Tensor _rule;
    private readonly Tensor _e;
    private readonly Tensor _difference;

    /// <summary>Creates the solver; its first start is d = 0.</summary>
    public GradientDescentUpdate(BlurDownsample linearOperator, Tensor y, double rho, InnerLoopSpec loop)
    {
        _operator = linearOperator;
        _y = y;
        _loop = loop;
        (double smallest, double largest) = linearOperator.GramBounds();
        double step = 2 / (2 * rho + smallest + largest);

        // In exact arithmetic the gradient falls by 1/e in so many steps; a float32 one that does not has met rounding.
        double contraction = (largest - smallest) / (2 * rho + largest + smallest);
        _patience = (int)Math.Clamp(Math.Ceiling(-1 / Math.Log(Math.Max(contraction, 1e-9))), 10, 10_000);
        Device device = linearOperator.Device;
        _scope = new TensorScope(device);
        _workspace = new InnerLoopWorkspace(device, linearOperator.ImageShape, linearOperator.MeasurementShape);
        _rule = _scope.Add(device.Allocate(Shape.Vector(2), [(float)rho, (float)step]));
        _e = _scope.Allocate(linearOperator.MeasurementShape);
        _difference = _scope.Add(device.AllocateZeros(linearOperator.ImageShape));
    }

    /// <inheritdoc/>
    public int InnerIterations => (int)_workspace.Iterations.ToScalar();

    /// <inheritdoc/>
    public bool IsRecordable => _operator.Device.SteersInnerLoops;

    /// <inheritdoc/>
    public void Solve(Tensor q, Tensor z)
    {
        Device device = _operator.Device;
        _operator.Residual(_y, q, _e);
        device.DescendNormal(
            _e, _operator.KernelTensor, _operator.Stride, _rule, _patience, _loop, _workspace, _difference);
        device.Combine(1, q, 1, _difference, z);
    }

    /// <summary>Frees the workspace.</summary>
    public void Dispose()
    {
        _scope.Dispose();
        _workspace.Dispose();
    }
}
