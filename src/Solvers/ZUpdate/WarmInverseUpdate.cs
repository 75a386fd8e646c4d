using InfAdmm.Engine;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// z = q + Aᵀ w with w improved from call to call by an approximate inverse C: w ← w + C(y − A(q + Aᵀ w) − ρw). Aᵀ w is
/// carried along, so a call costs one A, one C and one Aᵀ, as much as w = C(y − A q), but its error is that of the change
/// since the last call. As ADMM settles, so does the error.
/// </summary>
/// <remarks>
/// Take an ADMM step without a prior, q ← q + Aᵀ w, and an eigenvector of A Aᵀ for the eigenvalue γ, on which C has the
/// value c. Then (w, e) with e = y − A q is multiplied by a matrix with determinant 1 − a and trace 2 − a − γc, where
/// a = c(ρ + γ). Both of its eigenvalues are below 1 in magnitude if 0 &lt; a &lt; 2 and 2a + γc &lt; 4; since γc &lt; a, it is
/// enough that a &lt; 4/3. So the largest eigenvalue of C(ρI + A Aᵀ) is estimated in the set-up, and corrections are
/// multiplied by a factor that keeps it below.
/// </remarks>
public sealed class WarmInverseUpdate : IZUpdate, IGuardable
{
    /// <summary>The largest eigenvalue of C(ρI + A Aᵀ) that is accepted: 4/3 with a margin for the estimate.</summary>
    private const double LargestEigenvalue = 1.25;

    /// <summary>The power iterations of the set-up.</summary>
    internal const int PowerIterations = 30;

    private readonly ILinearOperator _operator;
    private readonly Tensor _y;
    private readonly float _rho;
    private readonly IGramInverse _inverse;
    private readonly int _refinements;
    private readonly TensorScope _scope;
    private readonly Tensor _image;
    private readonly Tensor _residual;
    private readonly Tensor _correction;
    private NormalOperator? _normal;
    private ErrorCertificate? _certificate;
    private int _calls;

    /// <summary>Creates the update, which starts at w = 0, and estimates the largest eigenvalue.</summary>
    /// <param name="context">The problem, with the number of refinements: further corrections in each call.</param>
    /// <param name="inverse">C. This update takes ownership.</param>
    public WarmInverseUpdate(ZSolverContext context, IGramInverse inverse)
    {
        _operator = context.Operator;
        _y = context.Y;
        _rho = (float)context.Rho;
        _inverse = inverse;
        _refinements = context.Refinements;
        Device device = _operator.Device;
        _scope = new TensorScope(device);
        W = _scope.Add(device.AllocateZeros(_operator.MeasurementShape));
        _image = _scope.Add(device.AllocateZeros(_operator.ImageShape));
        _residual = _scope.Allocate(_operator.MeasurementShape);
        _correction = _scope.Allocate(_operator.MeasurementShape);
        Damping = (float)Math.Min(1, LargestEigenvalue / EstimateEigenvalue());
    }

    /// <summary>The factor of the corrections; 1 for a C that is close to the inverse.</summary>
    public float Damping { get; }

    /// <summary>The w of the last call.</summary>
    public Tensor W { get; }

    /// <inheritdoc/>
    public int InnerIterations => _inverse.InnerIterations;

    /// <inheritdoc/>
    public bool IsRecordable => _inverse.IsRecordable;

    ErrorCertificate IGuardable.Certificate => Certificate;

    NormalOperator IGuardable.Normal => _normal ??= new NormalOperator(_operator, _rho);

    private ErrorCertificate Certificate => _certificate ??= new ErrorCertificate(_operator, _y, _rho);

    /// <inheritdoc/>
    public void MeasurementChanged()
    {
        Restart();
        _calls = 0;
    }

    /// <inheritdoc/>
    public void Solve(Tensor q, Tensor z)
    {
        Device device = _operator.Device;
        _calls++;
        for (int i = 0; i <= _refinements; i++)
        {
            device.Combine(1, q, 1, _image, z);
            _operator.Residual(_y, z, _residual);
            device.Combine(1, _residual, -_rho, W, _residual);
            _inverse.Apply(_residual, _correction);
            device.Combine(1, W, Damping, _correction, W);
            _operator.AddAdjoint(_image, Damping, _correction, z);
            device.Copy(z, _image);
        }

        device.Combine(1, q, 1, _image, z);
    }

    /// <inheritdoc/>
    public ErrorBound? BoundError(Tensor q, Tensor z) => Certificate.Bound(q, W, z, _calls);

    Tensor IGuardable.ResidualAt(Tensor q)
    {
        _operator.Residual(_y, q, _residual);
        return _residual;
    }

    void IGuardable.Finish(Tensor q, Tensor z)
    {
        _operator.Adjoint(W, _image);
        _operator.Device.Combine(1, q, 1, _image, z);
    }

    /// <summary>Frees the workspace and the inverse.</summary>
    public void Dispose()
    {
        _scope.Dispose();
        _inverse.Dispose();
        _normal?.Dispose();
        _certificate?.Dispose();
    }

    private void Restart()
    {
        _operator.Device.Fill(0, W);
        _operator.Device.Fill(0, _image);
    }

    /// <summary>The largest eigenvalue of C(ρI + A Aᵀ), by power iterations: an estimate from below.</summary>
    private double EstimateEigenvalue()
    {
        Device device = _operator.Device;
        using var scope = new TensorScope(device);
        Tensor image = scope.Allocate(_operator.ImageShape);
        Tensor scalar = scope.Allocate(Shape.Scalar);
        device.FillNormal(seed: 1, stream: 0, _correction);
        double eigenvalue = 0;
        for (int i = 0; i < PowerIterations; i++)
        {
            double norm = Norm();
            if (!(norm > 0))
            {
                return eigenvalue;
            }

            device.Scale((float)(1 / norm), _correction, _correction);
            _operator.Adjoint(_correction, image);
            _operator.Apply(image, _residual);
            device.Combine(1, _residual, _rho, _correction, _residual);
            _inverse.Apply(_residual, _correction);
            eigenvalue = Norm();
        }

        return eigenvalue;

        double Norm()
        {
            device.Dot(_correction, _correction, scalar);
            return Math.Sqrt(scalar.ToScalar());
        }
    }
}
