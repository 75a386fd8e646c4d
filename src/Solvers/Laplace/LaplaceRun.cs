using System.Diagnostics;
using InfAdmm.Engine;
using InfAdmm.Solvers.Proximal;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Solvers.Laplace;

/// <summary>The computed results of one solver, which are the same in every run.</summary>
/// <param name="Records">One entry per iteration, without times.</param>
/// <param name="ZRelativeError">
/// The largest relative error of z over the iterations; null if there is no reference to compare with.
/// </param>
/// <param name="Certificate">
/// The largest bound on that error over the iterations; null if it was not asked for or the solver has none.
/// </param>
/// <param name="GuardedSteps">The number of iterations that a guard improved; null without a guard.</param>
/// <param name="X">x after the last iteration.</param>
/// <param name="Z">z after the last iteration.</param>
/// <param name="W">w after the last iteration.</param>
public sealed record RecordedRun(
    IReadOnlyList<IterationReport> Records, double? ZRelativeError, double? Certificate, int? GuardedSteps, float[] X,
    float[] Z, float[] W);

/// <summary>The times of one run.</summary>
/// <param name="SetupSeconds">The time to create the solver and to record a step, in seconds.</param>
/// <param name="Seconds">The time from the start of iteration 1 to the end of each iteration, in seconds.</param>
/// <param name="AllocatedBytesPerIteration">
/// The managed memory allocated per iteration, in bytes, without the first iteration.
/// </param>
public sealed record TimedRun(double SetupSeconds, double[] Seconds, double AllocatedBytesPerIteration);

/// <summary>
/// Runs ADMM with one z-solver. Results and times come from separate runs: recording evaluates objectives and errors
/// between iterations, which would disturb the caches.
/// </summary>
/// <param name="problem">The problem.</param>
/// <param name="context">The arguments for the solvers.</param>
/// <param name="iterations">The number of iterations.</param>
public sealed class LaplaceRun(LaplaceProblem problem, ZSolverContext context, int iterations) : IDisposable
{
    /// <summary>
    /// Set-ups that take longer than this, in seconds, are done once; shorter ones are repeated and timed warm.
    /// </summary>
    private const double LongSetup = 1;

    private readonly Device _device = problem.Operator.Device;
    private readonly Dictionary<string, (IZUpdate Solver, double SetupSeconds)> _kept = [];

    /// <summary>
    /// Runs once and records the results of every iteration; the bound on the error of z too if
    /// <see cref="ZSolverContext.GuardTolerance"/> is set.
    /// </summary>
    /// <exception cref="ArithmeticException">
    /// A result is not finite, or a guarded z-update cannot reach its tolerance.
    /// </exception>
    public RecordedRun Record(ZSolver solver, ExactReference? reference, CancellationToken cancellation)
    {
        (IZUpdate normal, _) = Create(solver);
        using Admm admm = CreateAdmm(normal);
        using var residual = new NormalResidual(problem.Operator, problem.Y, context.Rho);
        bool hasInnerLoop = solver.HasInnerLoop || normal.GuardedSteps is not null;
        var records = new List<IterationReport>(iterations);
        double? error = reference is null ? null : 0;
        double? certificate = null;
        int? guardedBefore = normal.GuardedSteps;
        for (int k = 1; k <= iterations; k++)
        {
            cancellation.ThrowIfCancellationRequested();
            Step(solver, admm);
            AdmmResiduals distance = admm.Residuals();
            double objectiveX = problem.Objective(admm.X, distance.MagnitudeX);
            double objectiveZ = problem.Objective(admm.Z, distance.MagnitudeZ);
            double normalResidual = residual.Relative(admm.Q, admm.Z);
            CheckFinite(solver, k, objectiveX, objectiveZ, distance.Primal, distance.Dual, normalResidual);
            records.Add(new IterationReport(
                k,
                0,
                objectiveX,
                objectiveZ,
                distance.Primal,
                distance.Dual,
                hasInnerLoop ? admm.InnerIterations : null,
                normalResidual));
            if (context.GuardTolerance is not null && normal.BoundError(admm.Q, admm.Z) is { } bound)
            {
                certificate = Math.Max(certificate ?? 0, bound.Relative);
            }

            error = reference is null ? null : Math.Max(error!.Value, reference.RelativeError(admm.Q, admm.Z));
        }

        int? guarded = normal.GuardedSteps - guardedBefore;
        Release(solver, normal);
        return new RecordedRun(
            records, error, certificate, guarded, admm.X.ToArray(), admm.Z.ToArray(), admm.W.ToArray());
    }

    /// <summary>One iteration; a z-update that fails is named.</summary>
    private static void Step(ZSolver solver, Admm admm)
    {
        try
        {
            admm.Step();
        }
        catch (ArithmeticException failure)
        {
            throw new ArithmeticException($"{solver.Name}: {failure.Message}", failure);
        }
    }

    /// <summary>Runs once and only reads the clock between iterations.</summary>
    public TimedRun Time(ZSolver solver, CancellationToken cancellation)
    {
        (IZUpdate normal, double setup) = Create(solver);
        using Admm admm = CreateAdmm(normal);
        using DeviceTimer timer = _device.CreateTimer(iterations + 1);
        _device.Synchronize();
        setup += Seconds(admm.Prepare);
        long allocated = 0;
        timer.Mark(0);
        for (int k = 0; k < iterations; k++)
        {
            cancellation.ThrowIfCancellationRequested();
            admm.Step();
            timer.Mark(k + 1);
            allocated = k == 0 ? GC.GetAllocatedBytesForCurrentThread() : allocated;
        }

        double bytes = (GC.GetAllocatedBytesForCurrentThread() - allocated) / (double)Math.Max(iterations - 1, 1);
        double[] seconds = [.. Enumerable.Range(1, iterations).Select(k => timer.Seconds(0, k))];
        Release(solver, normal);
        return new TimedRun(setup, seconds, bytes);
    }

    /// <summary>Frees the solvers that were kept.</summary>
    public void Dispose()
    {
        foreach ((IZUpdate solver, double _) in _kept.Values)
        {
            solver.Dispose();
        }
    }

    private static void CheckFinite(ZSolver solver, int iteration, params ReadOnlySpan<double> results)
    {
        foreach (double result in results)
        {
            if (!double.IsFinite(result))
            {
                throw new ArithmeticException(
                    FormattableString.Invariant($"the numbers of the z-solver {solver.Name} left the range of ") +
                    FormattableString.Invariant($"single precision in iteration {iteration} ({result}): ") +
                    "scale y to values near 1, or choose σ, b and ρ nearer to 1");
            }
        }
    }

    private (IZUpdate Solver, double SetupSeconds) Create(ZSolver solver)
    {
        if (_kept.TryGetValue(solver.Name, out (IZUpdate, double) kept))
        {
            return kept;
        }

        IZUpdate? made = null;
        double setup = Seconds(() => made = solver.Create(context));
        IZUpdate normal = made!;

        if (setup > LongSetup && !solver.IsWarmStarted)
        {
            _kept[solver.Name] = (normal, setup);
        }

        return (normal, setup);
    }

    private double Seconds(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        _device.Synchronize();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private void Release(ZSolver solver, IZUpdate normal)
    {
        if (!_kept.ContainsKey(solver.Name))
        {
            normal.Dispose();
        }
    }

    private Admm CreateAdmm(IZUpdate normal) => new(
        _device, problem.Operator.ImageShape, normal, new SoftThreshold(), (float)context.Rho,
        (float)problem.Threshold(context.Rho));
}
