using InfAdmm.Engine;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// The z-update as published, z = ρ⁻¹(I − Aᵀ C A)(Aᵀ y + ρ q) (the paper's (11)). With an exact C it equals
/// <see cref="MeasurementUpdate"/>; with an approximate C, the division by ρ amplifies the error of C. It is kept to
/// demonstrate this loss.
/// </summary>
public sealed class PublishedUpdate : IZUpdate
{
    private readonly ILinearOperator _operator;
    private readonly Tensor _y;
    private readonly IGramInverse _inverse;
    private readonly float _rho;
    private readonly TensorScope _scope;
    private readonly Tensor _adjointY;
    private readonly Tensor _right;
    private readonly Tensor _measured;
    private readonly Tensor _inverted;

    /// <summary>Creates the update, which takes ownership of the inverse.</summary>
    public PublishedUpdate(ILinearOperator linearOperator, Tensor y, double rho, IGramInverse inverse)
    {
        _operator = linearOperator;
        _y = y;
        _inverse = inverse;
        _rho = (float)rho;
        _scope = new TensorScope(linearOperator.Device);
        _adjointY = _scope.Allocate(linearOperator.ImageShape);
        _right = _scope.Allocate(linearOperator.ImageShape);
        _measured = _scope.Allocate(linearOperator.MeasurementShape);
        _inverted = _scope.Allocate(linearOperator.MeasurementShape);
        MeasurementChanged();
    }

    /// <inheritdoc/>
    public int InnerIterations => _inverse.InnerIterations;

    /// <inheritdoc/>
    public bool IsRecordable => _inverse.IsRecordable;

    /// <inheritdoc/>
    public void MeasurementChanged()
    {
        _operator.Adjoint(_y, _adjointY);
        _inverse.Restart();
    }

    /// <inheritdoc/>
    public void Solve(Tensor q, Tensor z)
    {
        Device device = _operator.Device;
        device.Combine(1, _adjointY, _rho, q, _right);
        _operator.Apply(_right, _measured);
        _inverse.Apply(_measured, _inverted);
        _operator.AddAdjoint(_right, -1, _inverted, z);
        device.Scale(1 / _rho, z, z);
    }

    /// <summary>Frees the workspace and the inverse.</summary>
    public void Dispose()
    {
        _scope.Dispose();
        _inverse.Dispose();
    }
}
