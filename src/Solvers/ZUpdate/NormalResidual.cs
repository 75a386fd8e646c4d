using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// Measures how well z solves the z-update, in the same way for every solver: the relative residual of its normal
/// equations, ‖Aᵀ(y − A z) − ρ(z − q)‖ / ‖Aᵀ(y − A q)‖.
/// </summary>
public sealed class NormalResidual : IDisposable
{
    private readonly ILinearOperator _operator;
    private readonly Tensor _y;
    private readonly TensorScope _scope;
    private readonly Tensor _measured;
    private readonly Tensor _image;
    private readonly Tensor _gradient;
    private readonly Tensor _scalar;

    /// <summary>Allocates the workspace. The caller keeps ownership of A and y.</summary>
    public NormalResidual(ILinearOperator linearOperator, Tensor y, double rho)
    {
        _operator = linearOperator;
        _y = y;
        Rho = rho;
        _scope = new TensorScope(linearOperator.Device);
        _measured = _scope.Allocate(linearOperator.MeasurementShape);
        _image = _scope.Allocate(linearOperator.ImageShape);
        _gradient = _scope.Allocate(linearOperator.ImageShape);
        _scalar = _scope.Allocate(Shape.Scalar);
    }

    /// <summary>The penalty ρ; it may change between calls.</summary>
    public double Rho { get; set; }

    /// <summary>
    /// Returns the relative residual of z for q; 0 if q already is the solution. Waits for the device.
    /// </summary>
    public double Relative(Tensor q, Tensor z)
    {
        Device device = _operator.Device;
        _operator.Residual(_y, q, _measured);
        _operator.Adjoint(_measured, _gradient);
        double scale = Norm(device);
        _operator.Residual(_y, z, _measured);
        device.Combine((float)Rho, q, -(float)Rho, z, _image);
        _operator.AddAdjoint(_image, 1, _measured, _gradient);
        double residual = Norm(device);
        return scale == 0 ? residual : residual / scale;
    }

    /// <summary>Frees the workspace.</summary>
    public void Dispose() => _scope.Dispose();

    private double Norm(Device device)
    {
        device.Dot(_gradient, _gradient, _scalar);
        return Math.Sqrt(_scalar.ToScalar());
    }
}
