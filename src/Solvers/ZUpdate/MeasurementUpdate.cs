using InfAdmm.Engine;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// The z-update in residual form, e = y − A q, z = q + Aᵀ B e (docs/mathematics.md (R)), with any B: all linear algebra
/// is on the measurement grid, and nothing is divided by ρ.
/// </summary>
public sealed class MeasurementUpdate : IZUpdate, IGuardable
{
    private readonly ILinearOperator _operator;
    private readonly Tensor _y;
    private readonly IGramInverse _inverse;
    private readonly int _refinements;
    private readonly TensorScope _scope;
    private readonly NormalOperator _normal;
    private readonly Tensor _residual;
    private readonly Tensor _correction;
    private readonly double _rho;
    private ErrorCertificate? _certificate;

    /// <summary>Creates the update.</summary>
    /// <param name="linearOperator">The operator A.</param>
    /// <param name="y">The measurement. The caller keeps ownership.</param>
    /// <param name="rho">The penalty ρ.</param>
    /// <param name="inverse">The inverse B. This update takes ownership.</param>
    /// <param name="refinements">
    /// The number of refinement steps w ← w + B(e − (ρI + A Aᵀ)w). Each multiplies the error of a linear B by
    /// I − B(ρI + A Aᵀ), so it helps only where B is near the inverse for every frequency.
    /// </param>
    public MeasurementUpdate(
        ILinearOperator linearOperator, Tensor y, double rho, IGramInverse inverse, int refinements = 0)
    {
        _operator = linearOperator;
        _y = y;
        _rho = rho;
        _inverse = inverse;
        _refinements = refinements;
        Device device = linearOperator.Device;
        Shape grid = linearOperator.MeasurementShape;
        _scope = new TensorScope(device);
        _normal = new NormalOperator(linearOperator, rho);
        _residual = _scope.Allocate(grid);
        _correction = _scope.Allocate(grid);
        W = _scope.Allocate(grid);
        E = _scope.Allocate(grid);
    }

    /// <summary>The residual y − A q of the last call.</summary>
    public Tensor E { get; }

    /// <summary>The solution B e of the last call.</summary>
    public Tensor W { get; }

    ErrorCertificate IGuardable.Certificate => Certificate;

    NormalOperator IGuardable.Normal => _normal;

    private ErrorCertificate Certificate => _certificate ??= new ErrorCertificate(_operator, _y, _rho);

    /// <inheritdoc/>
    public int InnerIterations => _inverse.InnerIterations;

    /// <inheritdoc/>
    public bool IsRecordable => _inverse.IsRecordable;

    /// <inheritdoc/>
    public void MeasurementChanged() => _inverse.Restart();

    /// <inheritdoc/>
    public void Solve(Tensor q, Tensor z)
    {
        Device device = _operator.Device;
        _operator.Residual(_y, q, E);
        _inverse.Apply(E, W);
        for (int i = 0; i < _refinements; i++)
        {
            _normal.Residual(E, W, _residual);
            _inverse.Apply(_residual, _correction);
            device.Combine(1, W, 1, _correction, W);
        }

        Finish(q, z);
    }

    /// <inheritdoc/>
    public ErrorBound? BoundError(Tensor q, Tensor z) => Certificate.Bound(q, W, z);

    Tensor IGuardable.ResidualAt(Tensor q) => E;

    void IGuardable.Finish(Tensor q, Tensor z) => Finish(q, z);

    private void Finish(Tensor q, Tensor z) => _operator.AddAdjoint(q, 1, W, z);

    /// <summary>Frees the workspace and the inverse.</summary>
    public void Dispose()
    {
        _certificate?.Dispose();
        _scope.Dispose();
        _normal.Dispose();
        _inverse.Dispose();
    }
}
