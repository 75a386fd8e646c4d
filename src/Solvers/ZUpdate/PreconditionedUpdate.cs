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
/// rounding adds up. If the preconditioner turns out not to be positive definite, or to be of no help, the call goes on
/// without it from w = 0.
/// </remarks>
public sealed class PreconditionedUpdate : IZUpdate
{
    private const int RefreshEvery = 32;

    /// <summary>The preconditioned iterations after which the residual must have fallen.</summary>
    private const int Patience = 50;

    private readonly ILinearOperator _operator;
    private readonly Tensor _y;
    private readonly float _rho;
    private readonly InnerLoopSpec _loop;
    private readonly IGramInverse? _preconditioner;
    private readonly Workspace _workspace;
    private readonly bool _isShared;
    private ErrorCertificate? _certificate;

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
        _workspace = new Workspace(_operator, preconditioner is not null);
    }

    /// <summary>
    /// Creates the update of the same problem for another ρ. It shares the workspace and w: each continues from the
    /// solution of the one that was called last.
    /// </summary>
    /// <param name="shared">
    /// The update to share with, which has a preconditioner too. It must not be disposed before this one.
    /// </param>
    /// <param name="rho">The other ρ.</param>
    /// <param name="preconditioner">C for that ρ. This update takes ownership.</param>
    public PreconditionedUpdate(PreconditionedUpdate shared, double rho, IGramInverse preconditioner)
    {
        _operator = shared._operator;
        _y = shared._y;
        _rho = (float)rho;
        _loop = shared._loop;
        _preconditioner = preconditioner;
        _workspace = shared._workspace;
        _isShared = true;
    }

    /// <inheritdoc/>
    public int InnerIterations { get; private set; }

    /// <inheritdoc/>
    public bool IsRecordable => false;

    /// <inheritdoc/>
    public void MeasurementChanged() => _workspace.Clear();

    /// <inheritdoc/>
    public void Solve(Tensor q, Tensor z)
    {
        Device device = _operator.Device;
        Workspace own = _workspace;
        if (++own.Calls % RefreshEvery == 0)
        {
            _operator.Adjoint(own.Solution, own.SolutionImage);
            _operator.Apply(own.SolutionImage, own.SolutionMeasured);
        }

        _operator.Residual(_y, q, own.Residual);
        double target = HostLoops.SquaredTarget(Dot(own.Residual, own.Residual), _loop);
        device.Combine(1, own.Residual, -1, own.SolutionMeasured, own.Residual);
        device.Combine(1, own.Residual, -_rho, own.Solution, own.Residual);
        InnerIterations = 0;
        if (!Iterate(_preconditioner, target))
        {
            own.Clear();
            _operator.Residual(_y, q, own.Residual);
            Iterate(preconditioner: null, target);
        }

        device.Combine(1, q, 1, own.SolutionImage, z);
    }

    /// <inheritdoc/>
    public ErrorBound? BoundError(Tensor q, Tensor z) =>
        (_certificate ??= new ErrorCertificate(_operator, _y, _rho)).Bound(q, _workspace.Solution, z, RefreshEvery);

    /// <summary>Frees the workspace and the preconditioner.</summary>
    public void Dispose()
    {
        if (!_isShared)
        {
            _workspace.Dispose();
        }

        _preconditioner?.Dispose();
        _certificate?.Dispose();
    }

    /// <summary>Iterates from the w and the residual of the workspace.</summary>
    /// <param name="preconditioner">C; null for none.</param>
    /// <param name="target">The squared residual at which to stop.</param>
    /// <returns>
    /// False if the preconditioner is not positive definite, has overflowed, or is of no help: filters that do not fit, or
    /// a damaged file. w is of no use then.
    /// </returns>
    private bool Iterate(IGramInverse? preconditioner, double target)
    {
        Device device = _operator.Device;
        Workspace own = _workspace;
        Tensor step = preconditioner is null ? own.Residual : own.Preconditioned;
        double product = 0;
        double first = Dot(own.Residual, own.Residual);
        double square = first;
        for (int i = 0; InnerIterations < _loop.MaxIterations && !(square <= target); i++)
        {
            _loop.Cancellation.ThrowIfCancellationRequested();
            preconditioner?.Apply(own.Residual, own.Preconditioned);
            double next = preconditioner is null ? square : Dot(own.Residual, own.Preconditioned);
            device.Combine(1, step, i == 0 ? 0 : (float)(next / product), i == 0 ? step : own.Direction, own.Direction);
            product = next;
            _operator.Adjoint(own.Direction, own.DirectionImage);
            _operator.Apply(own.DirectionImage, own.DirectionMeasured);
            double curvature = Dot(own.Direction, own.DirectionMeasured) + _rho * Dot(own.Direction, own.Direction);
            bool isPositive = next > 0 && curvature > 0 && double.IsFinite(next) && double.IsFinite(curvature);
            if (!isPositive && preconditioner is null)
            {
                throw new ArithmeticException(
                    "conjugate gradients left the range of single precision: scale y to values near 1, or choose a larger ρ");
            }

            if (!isPositive || (preconditioner is not null && i >= Patience && !(square < first)))
            {
                return false;
            }

            float length = (float)(product / curvature);
            device.Combine(1, own.Solution, length, own.Direction, own.Solution);
            device.Combine(1, own.SolutionImage, length, own.DirectionImage, own.SolutionImage);
            device.Combine(1, own.SolutionMeasured, length, own.DirectionMeasured, own.SolutionMeasured);
            device.Combine(1, own.Residual, -length, own.DirectionMeasured, own.Residual);
            device.Combine(1, own.Residual, -length * _rho, own.Direction, own.Residual);
            square = Dot(own.Residual, own.Residual);
            InnerIterations++;
        }

        return true;
    }

    private double Dot(Tensor a, Tensor b)
    {
        _operator.Device.Dot(a, b, _workspace.Scalar);
        return _workspace.Scalar.ToScalar();
    }

    /// <summary>The tensors of a solve: w, Aᵀ w and A Aᵀ w of the last one, and those of the iteration.</summary>
    private sealed class Workspace : IDisposable
    {
        private readonly TensorScope _scope;

        public Workspace(ILinearOperator linearOperator, bool isPreconditioned)
        {
            Device device = linearOperator.Device;
            Shape grid = linearOperator.MeasurementShape;
            Shape image = linearOperator.ImageShape;
            _scope = new TensorScope(device);
            Solution = _scope.Add(device.AllocateZeros(grid));
            SolutionImage = _scope.Add(device.AllocateZeros(image));
            SolutionMeasured = _scope.Add(device.AllocateZeros(grid));
            Residual = _scope.Allocate(grid);
            Preconditioned = isPreconditioned ? _scope.Allocate(grid) : Residual;
            Direction = _scope.Allocate(grid);
            DirectionImage = _scope.Allocate(image);
            DirectionMeasured = _scope.Allocate(grid);
            Scalar = _scope.Allocate(Shape.Scalar);
        }

        public Tensor Solution { get; }

        public Tensor SolutionImage { get; }

        public Tensor SolutionMeasured { get; }

        public Tensor Residual { get; }

        public Tensor Preconditioned { get; }

        public Tensor Direction { get; }

        public Tensor DirectionImage { get; }

        public Tensor DirectionMeasured { get; }

        public Tensor Scalar { get; }

        public int Calls { get; set; }

        /// <summary>Sets w and its products to zero.</summary>
        public void Clear()
        {
            foreach (Tensor tensor in (ReadOnlySpan<Tensor>)[Solution, SolutionImage, SolutionMeasured])
            {
                tensor.Device.Fill(0, tensor);
            }

            Calls = 0;
        }

        public void Dispose() => _scope.Dispose();
    }
}
