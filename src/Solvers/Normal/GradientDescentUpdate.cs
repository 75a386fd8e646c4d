using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.Normal;

/// <summary>
/// Gradient descent on the image grid, the paper's baseline, at its best: the unknown is d = z − q, which stays in the
/// range of Aᵀ, where the eigenvalues of ρI + AᵀA are ρ + Γ; so the optimal fixed step is 2/(2ρ + Γ_min + Γ_max), with
/// the true bounds of Γ, and not the far smaller one that the null space of A would dictate. Warm started. Stops too
/// where rounding keeps the gradient from falling any further.
/// </summary>
public sealed class GradientDescentUpdate : INormalSolver
{
    private readonly BlurDownsample _operator;
    private readonly Tensor _y;
    private readonly float _step;
    private readonly float _decay;
    private readonly int _patience;
    private readonly InnerLoop _loop;
    private readonly TensorScope _scope;
    private readonly Tensor _e;
    private readonly Tensor _measured;
    private readonly Tensor _next;
    private readonly Tensor _scalar;
    private Tensor _difference;
    private Tensor _previous;

    /// <summary>Creates the solver; its first start is d = 0.</summary>
    public GradientDescentUpdate(BlurDownsample linearOperator, Tensor y, double rho, InnerLoop loop)
    {
        _operator = linearOperator;
        _y = y;
        _loop = loop;
        (double smallest, double largest) = linearOperator.GramBounds();
        double step = 2 / (2 * rho + smallest + largest);
        _step = (float)step;
        _decay = (float)(1 - step * rho);

        // In exact arithmetic the gradient falls by 1/e in so many steps; a float32 one that does not has met rounding.
        double contraction = (largest - smallest) / (2 * rho + largest + smallest);
        _patience = (int)Math.Clamp(Math.Ceiling(-1 / Math.Log(Math.Max(contraction, 1e-9))), 10, 10_000);
        Device device = linearOperator.Device;
        _scope = new TensorScope(device);
        _e = _scope.Allocate(linearOperator.MeasurementShape);
        _measured = _scope.Allocate(linearOperator.MeasurementShape);
        _difference = _scope.Add(device.AllocateZeros(linearOperator.ImageShape));
        _previous = _scope.Allocate(linearOperator.ImageShape);
        _next = _scope.Allocate(linearOperator.ImageShape);
        _scalar = _scope.Allocate(Shape.Scalar);
    }

    /// <inheritdoc/>
    public int Solve(Tensor q, Tensor z)
    {
        Device device = _operator.Device;
        _operator.Residual(_y, q, _e);
        _operator.Adjoint(_e, _next);
        device.Dot(_next, _next, _scalar);
        double target = _loop.Tolerance * Math.Sqrt(_scalar.ToScalar());
        double checkpoint = double.PositiveInfinity;
        for (int iteration = 1; iteration <= _loop.MaxIterations; iteration++)
        {
            // d ← d + step·(Aᵀ(e − A d) − ρ d); the gradient is the change divided by the step.
            (_difference, _previous) = (_previous, _difference);
            _operator.Residual(_e, _previous, _measured);
            device.Scale(_decay, _previous, _difference);
            _operator.AddAdjoint(_difference, _step, _measured, _difference);
            device.SquaredDistance(_difference, _previous, _scalar);
            double gradient = Math.Sqrt(_scalar.ToScalar()) / _step;
            bool stagnates = iteration % _patience == 0 && gradient > 0.7 * checkpoint;
            if (gradient <= target || stagnates)
            {
                device.Combine(1, q, 1, _difference, z);
                return iteration;
            }

            checkpoint = iteration % _patience == 0 ? gradient : checkpoint;
        }

        device.Combine(1, q, 1, _difference, z);
        return _loop.MaxIterations;
    }

    /// <summary>Frees the workspace.</summary>
    public void Dispose() => _scope.Dispose();
}
