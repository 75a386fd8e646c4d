using System.Diagnostics;
using InfAdmm.Engine;
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
    private readonly Device _device = problem.Operator.Device;
    private readonly UpdateCache _cache = new(problem.Operator.Device);

    /// <summary>
    /// The rule for ρ, whose initial value is that of the context. A z-update for a new ρ is created in the iteration
    /// that first uses it, and counts to its time.
    /// </summary>
    public PenaltyRule Penalty { get; init; } = PenaltyRule.Fixed;

    /// <summary>Called with the number of each iteration that has been recorded, from 1.</summary>
    public Action<int>? Recorded { get; init; }

    /// <summary>
    /// Runs once and records the results of every iteration; the bound on the error of z too if
    /// <see cref="ZSolverContext.GuardTolerance"/> is set.
    /// </summary>
    /// <exception cref="ArithmeticException">
    /// A result is not finite, or a guarded z-update cannot reach its tolerance.
    /// </exception>
    public RecordedRun Record(ZSolver solver, ExactReference? reference, CancellationToken cancellation)
    {
        using LaplaceLoop loop = CreateLoop(solver);
        Admm admm = loop.Admm;
        using var residual = new NormalResidual(problem.Operator, problem.Y, loop.Rho);
        bool hasInnerLoop = solver.HasInnerLoop || loop.Update.GuardedSteps is not null;
        var records = new List<IterationReport>(iterations);
        double? error = reference is null ? null : 0;
        double? certificate = null;
        AdmmResiduals? distance = null;
        for (int k = 1; k <= iterations; k++)
        {
            cancellation.ThrowIfCancellationRequested();
            Step(solver, loop, distance);
            AdmmResiduals now = admm.Residuals();
            double objectiveX = problem.Objective(admm.X, now.MagnitudeX);
            double objectiveZ = problem.Objective(admm.Z, now.MagnitudeZ);
            residual.Rho = loop.Rho;
            double normalResidual = residual.Relative(admm.Q, admm.Z);
            CheckFinite(solver, k, objectiveX, objectiveZ, now.Primal, now.Dual, normalResidual);
            records.Add(new IterationReport(
                k,
                0,
                objectiveX,
                objectiveZ,
                now.Primal,
                now.Dual,
                hasInnerLoop ? admm.InnerIterations : null,
                normalResidual,
                loop.Rho));
            if (context.GuardTolerance is not null && loop.Update.BoundError(admm.Q, admm.Z) is { } bound)
            {
                certificate = Math.Max(certificate ?? 0, bound.Relative);
            }

            if (reference is not null)
            {
                reference.Rho = loop.Rho;
                error = Math.Max(error!.Value, reference.RelativeError(admm.Q, admm.Z, cancellation));
            }

            distance = now;
            Recorded?.Invoke(k);
        }

        return new RecordedRun(
            records, error, certificate, loop.GuardedSteps, admm.X.ToArray(), admm.Z.ToArray(), admm.W.ToArray());
    }

    /// <summary>Runs once and only reads the clock between iterations.</summary>
    public TimedRun Time(ZSolver solver, CancellationToken cancellation)
    {
        using LaplaceLoop loop = CreateLoop(solver);
        using DeviceTimer timer = _device.CreateTimer(iterations + 1);
        _device.Synchronize();
        double setup = loop.SetupSeconds + PreparationSeconds(loop.Admm);
        double[] reused = new double[iterations];
        long allocated = 0;
        timer.Mark(0);
        for (int k = 0; k < iterations; k++)
        {
            cancellation.ThrowIfCancellationRequested();
            loop.Step();
            timer.Mark(k + 1);
            reused[k] = loop.ReusedSetupSeconds;
            allocated = k == 0 ? GC.GetAllocatedBytesForCurrentThread() : allocated;
        }

        double bytes = (GC.GetAllocatedBytesForCurrentThread() - allocated) / (double)Math.Max(iterations - 1, 1);
        double[] seconds = [.. Enumerable.Range(1, iterations).Select(k => timer.Seconds(0, k) + reused[k - 1])];
        return new TimedRun(setup, seconds, bytes);
    }

    /// <summary>Frees the solvers that were kept.</summary>
    public void Dispose() => _cache.Dispose();

    /// <summary>One iteration; a z-update that fails is named.</summary>
    private static void Step(ZSolver solver, LaplaceLoop loop, AdmmResiduals? last)
    {
        try
        {
            loop.Step(last);
        }
        catch (ArithmeticException failure)
        {
            throw new ArithmeticException($"{solver.Name}: {failure.Message}", failure);
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

    private double PreparationSeconds(Admm admm)
    {
        long start = Stopwatch.GetTimestamp();
        admm.Prepare();
        _device.Synchronize();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private LaplaceLoop CreateLoop(ZSolver solver) => new(problem, solver, context, Penalty, _cache);
}
