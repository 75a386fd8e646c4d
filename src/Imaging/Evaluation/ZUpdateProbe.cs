using System.Diagnostics;
using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>One z-update of a restoration, measured by itself.</summary>
/// <param name="Seconds">Its time, in seconds.</param>
/// <param name="Error">
/// ‖z − z_exact‖ / max(‖z_exact‖, ‖q‖), where z_exact is the exact z-update of the same q, in single precision; null for
/// an exact z-update.
/// </param>
/// <param name="Certificate">
/// The bound on its relative error (<see cref="IZUpdate.BoundError"/>); null if none was
/// asked for, or if the z-solver gives no bound.
/// </param>
/// <param name="WasGuarded">Whether a guard had to improve it; null without a guard.</param>
public readonly record struct ZUpdateMeasurement(
    double Seconds, double? Error, double? Certificate = null, bool? WasGuarded = null);

/// <summary>
/// Repeats each z-update of a loop outside the timed part, to measure its time and error. An inner loop that is
/// warm-started sees the same sequence of points as the one that is measured.
/// </summary>
internal sealed class ZUpdateProbe : IDisposable
{
    private readonly PriorWeights _weights;
    private readonly IReadOnlyDictionary<double, IZUpdate> _updates;
    private readonly IReadOnlyDictionary<double, IZUpdate>? _exact;
    private readonly bool _isBounded;
    private readonly TensorScope _scope;
    private readonly Tensor _z;

    /// <summary>Creates the z-updates of a loop once more.</summary>
    /// <param name="linearOperator">The operator A. The caller keeps ownership.</param>
    /// <param name="y">The measurement. The caller keeps ownership.</param>
    /// <param name="weights">The prior, which knows the ρ of each iteration.</param>
    /// <param name="solver">The z-update of the loop.</param>
    public ZUpdateProbe(TaskOperator linearOperator, Tensor y, PriorWeights weights, ZSolverChoice solver)
    {
        _weights = weights;
        _isBounded = solver.GuardTolerance is not null;
        _scope = new TensorScope(linearOperator.Device);
        _z = _scope.Allocate(linearOperator.ImageShape);
        double[] rho = [.. weights.Rho.Distinct()];
        _updates = Create(solver);
        _exact = solver.Solver is null ? null : Create(ZSolverChoice.CheapestExact);

        Dictionary<double, IZUpdate> Create(ZSolverChoice choice) =>
            rho.Zip(choice.CreateForEach(linearOperator, y, rho)).ToDictionary(pair => pair.First, pair => pair.Second);
    }

    /// <summary>Reads the current values of the measurement.</summary>
    public void Start()
    {
        foreach (IZUpdate update in _updates.Values.Concat(_exact?.Values ?? []))
        {
            update.MeasurementChanged();
        }
    }

    /// <summary>Measures the z-update of the last iteration of a loop.</summary>
    public ZUpdateMeasurement Measure(PriorLoop loop)
    {
        double rho = _weights.RhoOf(loop.Iteration - 1);
        Device device = _z.Device;
        device.Synchronize();
        IZUpdate update = _updates[rho];
        int? guardedBefore = update.GuardedSteps;
        long start = Stopwatch.GetTimestamp();
        update.Solve(loop.Q, _z);
        device.Synchronize();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double? bound = _isBounded ? update.BoundError(loop.Q, _z)?.Relative : null;
        bool? wasGuarded = update.GuardedSteps is { } steps ? steps > guardedBefore : null;
        if (_exact is null)
        {
            return new ZUpdateMeasurement(seconds, Error: null, bound, wasGuarded);
        }

        _exact[rho].Solve(loop.Q, _z);
        return new ZUpdateMeasurement(
            seconds, ExactReference.RelativeError(loop.Z.ToArray(), Doubles(_z), Doubles(loop.Q)), bound, wasGuarded);

        static double[] Doubles(Tensor tensor) => Array.ConvertAll(tensor.ToArray(), value => (double)value);
    }

    /// <summary>Frees the z-updates.</summary>
    public void Dispose()
    {
        foreach (IZUpdate update in _updates.Values.Concat(_exact?.Values ?? []))
        {
            update.Dispose();
        }

        _scope.Dispose();
    }
}
