using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.Normal;

/// <summary>
/// Conjugate gradients for (ρI + A Aᵀ) w = e on the measurement grid, where the matrix is one small convolution
/// (<see cref="NormalOperator"/>), warm started at the last solution: the fair inner loop (MATH.md §3).
/// </summary>
public sealed class ConjugateGradientInverse : IGramInverse
{
    private readonly InnerLoop _loop;
    private readonly TensorScope _scope;
    private readonly NormalOperator _normal;
    private readonly Tensor _solution;
    private readonly Tensor _residual;
    private readonly Tensor _direction;
    private readonly Tensor _image;
    private readonly Tensor _state;

    /// <summary>Creates the solver; its first start is zero.</summary>
    public ConjugateGradientInverse(BlurDownsample linearOperator, double rho, InnerLoop loop)
    {
        Device device = linearOperator.Device;
        Shape grid = linearOperator.MeasurementShape;
        _loop = loop;
        _scope = new TensorScope(device);
        _normal = new NormalOperator(linearOperator, rho);
        _solution = _scope.Add(device.AllocateZeros(grid));
        _residual = _scope.Allocate(grid);
        _direction = _scope.Allocate(grid);
        _image = _scope.Allocate(grid);
        _state = _scope.Allocate(Shape.Scalar);
    }

    /// <inheritdoc/>
    public int Apply(Tensor e, Tensor w)
    {
        Device device = e.Device;
        device.Dot(e, e, _state);
        double target = _loop.Tolerance * _loop.Tolerance * _state.ToScalar();
        _normal.Residual(e, _solution, _residual);
        device.Copy(_residual, _direction);
        device.Dot(_residual, _residual, _state);
        int iteration = 0;
        while (iteration < _loop.MaxIterations && !(_state.ToScalar() <= target))
        {
            _normal.Apply(_direction, _image);
            device.ConjugateGradientStep(_direction, _image, _solution, _residual, _state);
            iteration++;
        }

        device.Copy(_solution, w);
        return iteration;
    }

    /// <summary>Frees the workspace.</summary>
    public void Dispose()
    {
        _scope.Dispose();
        _normal.Dispose();
    }
}
