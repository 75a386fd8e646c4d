using InfAdmm.Engine;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// A z-update with an approximate inverse whose error is checked in every call: if the bound on the relative error
/// (<see cref="ErrorBound"/>) exceeds a tolerance, conjugate gradients for (ρI + A Aᵀ) w = e continue from the
/// approximate w until it does not. So a learned inverse that does not fit its input costs time, not accuracy. The host
/// controls the loop.
/// </summary>
/// <remarks>
/// Conjugate gradients are not preconditioned, because a learned inverse need not be positive definite. They start at
/// zero instead of at w if w is worse than zero.
/// </remarks>
public sealed class GuardedUpdate : IZUpdate
{
    /// <summary>The relative error that is accepted unless another is given.</summary>
    public const double DefaultTolerance = 1e-3;

    /// <summary>
    /// The fraction of the allowed residual that conjugate gradients stop at. It leaves room for the difference between
    /// their recursive residual and the true one, and for a norm of z that falls while w improves.
    /// </summary>
    private const double Margin = 0.5;

    /// <summary>
    /// The number of times that conjugate gradients start again from their true residual without halving the bound,
    /// before rounding is taken to be the limit.
    /// </summary>
    private const int MostStalls = 3;

    private readonly IGuardable _update;
    private readonly ErrorCertificate _certificate;
    private readonly double _tolerance;
    private readonly int _mostIterations;
    private readonly InnerLoopWorkspace _workspace;
    private ErrorBound _bound;

    /// <summary>Creates the guard.</summary>
    /// <param name="update">The update with the approximate inverse. The guard takes ownership.</param>
    /// <param name="tolerance">The largest bound on the relative error of z that is accepted, above 0.</param>
    /// <param name="mostIterations">The maximum number of iterations of conjugate gradients in one call.</param>
    public GuardedUpdate(MeasurementUpdate update, double tolerance, int mostIterations)
        : this((IGuardable)update, tolerance, mostIterations)
    {
    }

    /// <summary>Creates the guard of an update that continues from its last solution.</summary>
    /// <param name="update">The update with the approximate inverse. The guard takes ownership.</param>
    /// <param name="tolerance">The largest bound on the relative error of z that is accepted, above 0.</param>
    /// <param name="mostIterations">The maximum number of iterations of conjugate gradients in one call.</param>
    public GuardedUpdate(WarmInverseUpdate update, double tolerance, int mostIterations)
        : this((IGuardable)update, tolerance, mostIterations)
    {
    }

    private GuardedUpdate(IGuardable update, double tolerance, int mostIterations)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tolerance);
        ArgumentOutOfRangeException.ThrowIfNegative(mostIterations);
        _update = update;
        _certificate = update.Certificate;
        _tolerance = tolerance;
        _mostIterations = mostIterations;
        _workspace = new InnerLoopWorkspace(update.W.Device, update.W.Shape);
    }

    /// <summary>The number of calls in which conjugate gradients had to improve w.</summary>
    public int? GuardedSteps { get; private set; } = 0;

    /// <summary>
    /// The inner iterations of the last call: those of the approximate inverse and those of the guard.
    /// </summary>
    public int InnerIterations { get; private set; }

    /// <summary>False: the host decides in each call whether the solution is accurate enough.</summary>
    public bool IsRecordable => false;

    /// <inheritdoc/>
    public void MeasurementChanged() => _update.MeasurementChanged();

    /// <summary>Computes z from q, with a relative error of at most the tolerance.</summary>
    /// <exception cref="ArithmeticException">
    /// The tolerance cannot be reached within the iterations or in single precision, or a value is not finite.
    /// </exception>
    public void Solve(Tensor q, Tensor z)
    {
        _update.Solve(q, z);
        InnerIterations = _update.InnerIterations;
        _bound = _certificate.Bound(q, _update.W, z);
        if (!(_bound.Relative <= _tolerance))
        {
            GuardedSteps++;
            Improve(q, z);
        }
    }

    /// <summary>Returns the bound of the last call, which was computed there.</summary>
    public ErrorBound? BoundError(Tensor q, Tensor z) => _bound;

    /// <summary>Frees the workspace and the update.</summary>
    public void Dispose()
    {
        _workspace.Dispose();
        _update.Dispose();
    }

    private void Improve(Tensor q, Tensor z)
    {
        double normOfE = _certificate.Norm(_update.ResidualAt(q));
        if (!double.IsFinite(normOfE))
        {
            throw new ArithmeticException(
                "the guarded z-update got values that are not finite: y, q or A contains them, or they overflowed");
        }

        if (!(_certificate.NormOfS <= normOfE))
        {
            _update.W.Device.Fill(0, _update.W);
            Finish(q, z);
        }

        int left = _mostIterations;
        int stalls = 0;
        while (!(_bound.Relative <= _tolerance))
        {
            if (left <= 0 || stalls > MostStalls)
            {
                throw Unreachable(left);
            }

            double before = _bound.Absolute;
            int iterations = ConjugateGradients(TargetResidual(), left);
            left -= Math.Max(iterations, 1);
            InnerIterations += iterations;
            Finish(q, z);
            stalls = _bound.Absolute <= before / 2 ? 0 : stalls + 1;
        }
    }

    /// <summary>
    /// The ‖s‖ at which to check the bound again: where it will hold if the norm and the rounding of z do not change, or
    /// a tenth of the present one if no s would be small enough, because z is still far from the exact one.
    /// </summary>
    private double TargetResidual()
    {
        double allowed = ErrorBound.LargestAbsolute(_tolerance, _certificate.NormOfZ, _certificate.NormOfQ);
        double target = Margin * (allowed - _bound.Rounding) / _certificate.Gain;
        return target > 0 ? target : _certificate.NormOfS / 10;
    }

    private int ConjugateGradients(double target, int iterations)
    {
        Device device = _update.W.Device;
        device.Copy(_certificate.S, _workspace.Residual);
        var limit = new InnerLoopSpec(0, iterations);
        HostLoops.ConjugateGradients(_update.Normal, target * target, limit, _workspace, _update.W);
        return (int)_workspace.Iterations.ToScalar();
    }

    private void Finish(Tensor q, Tensor z)
    {
        _update.Finish(q, z);
        _bound = _certificate.Bound(q, _update.W, z);
    }

    private ArithmeticException Unreachable(int left) => new(
        FormattableString.Invariant($"the guarded z-update cannot reach a relative error of {_tolerance:0.0e-0}: ") +
        FormattableString.Invariant($"the bound is {_bound.Relative:0.0e-0} ") +
        (left <= 0
            ? FormattableString.Invariant($"after {_mostIterations} iterations; allow more, or choose a larger ρ")
            : FormattableString.Invariant($"and its rounding in single precision {_bound.Rounding:0.0e-0} absolute; ") +
                "choose a ρ nearer to the eigenvalues of A Aᵀ, or a larger tolerance"));
}
