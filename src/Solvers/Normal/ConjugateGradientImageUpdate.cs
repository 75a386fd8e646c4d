using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.Normal;

/// <summary>
/// Conjugate gradients on the image grid, as most code has it: (I + AᵀA/ρ) d = Aᵀe with z = q + d/ρ, warm started at the
/// last d; scaled so that no right-hand side overflows where ρ is tiny. Each iteration costs one A and one Aᵀ.
/// </summary>
public sealed class ConjugateGradientImageUpdate : INormalSolver
{
    private readonly BlurDownsample _operator;
    private readonly Tensor _y;
    private readonly float _inverseRho;
    private readonly InnerLoop _loop;
    private readonly TensorScope _scope;
    private readonly Tensor _e;
    private readonly Tensor _measured;
    private readonly Tensor _difference;
    private readonly Tensor _residual;
    private readonly Tensor _direction;
    private readonly Tensor _image;
    private readonly Tensor _state;

    /// <summary>Creates the solver; its first start is d = 0.</summary>
    public ConjugateGradientImageUpdate(BlurDownsample linearOperator, Tensor y, double rho, InnerLoop loop)
    {
        _operator = linearOperator;
        _y = y;
        _inverseRho = (float)(1 / rho);
        _loop = loop;
        Device device = linearOperator.Device;
        _scope = new TensorScope(device);
        _e = _scope.Allocate(linearOperator.MeasurementShape);
        _measured = _scope.Allocate(linearOperator.MeasurementShape);
        _difference = _scope.Add(device.AllocateZeros(linearOperator.ImageShape));
        _residual = _scope.Allocate(linearOperator.ImageShape);
        _direction = _scope.Allocate(linearOperator.ImageShape);
        _image = _scope.Allocate(linearOperator.ImageShape);
        _state = _scope.Allocate(Shape.Scalar);
    }

    /// <inheritdoc/>
    public int Solve(Tensor q, Tensor z)
    {
        Device device = _operator.Device;
        _operator.Residual(_y, q, _e);
        _operator.Adjoint(_e, _residual);
        device.Dot(_residual, _residual, _state);
        double target = _loop.Tolerance * _loop.Tolerance * _state.ToScalar();

        // The residual at the warm start: Aᵀ(e − A d/ρ) − d.
        _operator.Residual(_e, _difference, _measured, _inverseRho);
        device.Scale(-1, _difference, _direction);
        _operator.AddAdjoint(_direction, 1, _measured, _residual);
        device.Copy(_residual, _direction);
        device.Dot(_residual, _residual, _state);
        int iteration = 0;
        while (iteration < _loop.MaxIterations && !(_state.ToScalar() <= target))
        {
            _operator.Apply(_direction, _measured);
            _operator.AddAdjoint(_direction, _inverseRho, _measured, _image);
            device.ConjugateGradientStep(_direction, _image, _difference, _residual, _state);
            iteration++;
        }

        device.Combine(1, q, _inverseRho, _difference, z);
        return iteration;
    }

    /// <summary>Frees the workspace.</summary>
    public void Dispose() => _scope.Dispose();
}
