using InfAdmm.Engine;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// z = q + Aᵀ w by conjugate gradients for (ρI + A Aᵀ) w = y − A q (Hestenes and Stiefel 1952; Golub and Van Loan,
/// Algorithm 11.5.1), warm-started at the last w. With an approximate inverse C, symmetric positive definite, they are
/// preconditioned by it. The host controls the loop.
/// </summary>
/// <remarks>
/// Aᵀ w and A Aᵀ w are carried along with w, so that a call of k iterations costs one A more than its k pairs of Aᵀ and
/// A: no product to begin with, none to end with. They are recomputed every <see cref="RefreshEvery"/> calls, before
/// rounding adds up.
/// </remarks>
public sealed class PreconditionedUpdate : IZUpdate
{
    private const int RefreshEvery = 32;

    private readonly ILinearOperator _operator;
    private readonly Tensor _y;
    private readonly float _rho;
    private readonly InnerLoopSpec _loop;
    private readonly IGramInverse? _preconditioner;
    private readonly TensorScope _scope;
    private readonly Tensor _solution;
    private readonly Tensor _solutionImage;
    private readonly Tensor _solutionMeasured;
    private readonly Tensor _residual;
    private readonly Tensor _preconditioned;
    private readonly Tensor _direction;
    private readonly Tensor _directionImage;
    private readonly Tensor _directionMeasured;
    private readonly Tensor _scalar;
    private ErrorCertificate? _certificate;
    private int _calls;

    /// <summary>Creates the update. It starts at w = 0.</summary>
    /// <param name="context">The problem and the stopping criteria.</param>
    /// <param name="preconditioner">C; null for plain conjugate gradients. This update takes ownership.</param>
    public PreconditionedUpdate(ZSolverContext context, IGramInverse? preconditioner)
    {
        _operator = context.Operator;
        _y = context.Y;
        _rho = (float)context.Rho;
        _loop = context.InnerLoop;
        _preconditioner = preconditioner;
        Device device = _operator.Device;
        _scope = new TensorScope(device);
        Shape grid = _operator.MeasurementShape;
        _solution = _scope.Add(device.AllocateZeros(grid));
        _solutionImage = _scope.Add(device.AllocateZeros(_operator.ImageShape));
        _solutionMeasured = _scope.Add(device.AllocateZeros(grid));
        _residual = _scope.Allocate(grid);
        _preconditioned = preconditioner is null ? _residual : _scope.Allocate(grid);
        _direction = _scope.Allocate(grid);
        _directionImage = _scope.Allocate(_operator.ImageShape);
        _directionMeasured = _scope.Allocate(grid);
        _scalar = _scope.Allocate(Shape.Scalar);
    }

    /// <inheritdoc/>
    public int InnerIterations { get; private set; }

    /// <inheritdoc/>
    public bool IsRecordable => false;

    /// <inheritdoc/>
    public void Solve(Tensor q, Tensor z)
    {
        Device device = _operator.Device;
        if (++_calls % RefreshEvery == 0)
        {
            _operator.Adjoint(_solution, _solutionImage);
            _operator.Apply(_solutionImage, _solutionMeasured);
        }

        _operator.Residual(_y, q, _residual);
        double target = HostLoops.SquaredTarget(Dot(_residual, _residual), _loop);
        device.Combine(1, _residual, -1, _solutionMeasured, _residual);
        device.Combine(1, _residual, -_rho, _solution, _residual);
        Iterate(target);
        device.Combine(1, q, 1, _solutionImage, z);
    }

    /// <inheritdoc/>
    public ErrorBound? BoundError(Tensor q, Tensor z) =>
        (_certificate ??= new ErrorCertificate(_operator, _y, _rho)).Bound(q, _solution, z, RefreshEvery);

    /// <summary>Frees the workspace and the preconditioner.</summary>
    public void Dispose()
    {
        _scope.Dispose();
        _preconditioner?.Dispose();
        _certificate?.Dispose();
    }

    private void Iterate(double target)
    {
        Device device = _operator.Device;
        InnerIterations = 0;
        double product = 0;
        double square = Dot(_residual, _residual);
        while (InnerIterations < _loop.MaxIterations && !(square <= target))
        {
            _preconditioner?.Apply(_residual, _preconditioned);
            double next = _preconditioner is null ? square : Dot(_residual, _preconditioned);
            bool isFirst = InnerIterations == 0;
            device.Combine(
                1, _preconditioned, isFirst ? 0 : (float)(next / product), isFirst ? _preconditioned : _direction,
                _direction);
            product = next;
            _operator.Adjoint(_direction, _directionImage);
            _operator.Apply(_directionImage, _directionMeasured);
            double curvature = Dot(_direction, _directionMeasured) + _rho * Dot(_direction, _direction);
            if (!(curvature > 0))
            {
                break;
            }

            float length = (float)(product / curvature);
            device.Combine(1, _solution, length, _direction, _solution);
            device.Combine(1, _solutionImage, length, _directionImage, _solutionImage);
            device.Combine(1, _solutionMeasured, length, _directionMeasured, _solutionMeasured);
            device.Combine(1, _residual, -length, _directionMeasured, _residual);
            device.Combine(1, _residual, -length * _rho, _direction, _residual);
            square = Dot(_residual, _residual);
            InnerIterations++;
        }
    }

    private double Dot(Tensor a, Tensor b)
    {
        _operator.Device.Dot(a, b, _scalar);
        return _scalar.ToScalar();
    }
}
