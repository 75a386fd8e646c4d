using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// Conjugate gradients on the image grid, as most code has it: (I + AᵀA/ρ) d = Aᵀe with z = q + d/ρ, warm started at
/// the last d; scaled so that no right-hand side overflows where ρ is tiny. Each iteration costs one A and one Aᵀ.
/// </summary>
public sealed class ConjugateGradientImageUpdate : IZUpdate
{
    private readonly BlurDownsample _operator;
    private readonly Tensor _y;
    private readonly float _inverseRho;
    private readonly InnerLoopSpec _loop;
    private readonly TensorScope _scope;
    private readonly InnerLoopWorkspace _workspace;
    private readonly Tensor _rho;
    private readonly Tensor _e;
    private readonly Tensor _difference;

    /// <summary>Creates the solver; its first start is d = 0.</summary>
    public ConjugateGradientImageUpdate(BlurDownsample linearOperator, Tensor y, double rho, InnerLoopSpec loop)
    {
        _operator = linearOperator;
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

    /// <inheritdoc/>
    public int InnerIterations => (int)_workspace.Iterations.ToScalar();

    /// <inheritdoc/>
    public bool IsRecordable => _operator.Device.SteersInnerLoops;

    /// <inheritdoc/>
    public void Solve(Tensor q, Tensor z)
    {
        Device device = _operator.Device;
        _operator.Residual(_y, q, _e);
        device.SolveNormal(_e, _operator.KernelTensor, _operator.Stride, _rho, _loop, _workspace, _difference);
        device.Combine(1, q, _inverseRho, _difference, z);
    }

    /// <summary>Frees the workspace.</summary>
    public void Dispose()
    {
        _scope.Dispose();
        _workspace.Dispose();
    }
}
