using System.Diagnostics;
using InfAdmm.Engine;
using InfAdmm.Solvers;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.Normal;
using InfAdmm.Solvers.Proximal;

namespace InfAdmm.Cli;

/// <summary>What one solver computed: the same in every run.</summary>
/// <param name="Records">An entry for each iteration; times are zero.</param>
/// <param name="ZRelativeError">The largest over the iterations.</param>
/// <param name="X">x after the last iteration.</param>
/// <param name="Z">z after the last iteration.</param>
/// <param name="W">w after the last iteration.</param>
internal sealed record RecordedRun(
    IReadOnlyList<IterationReport> Records, double ZRelativeError, float[] X, float[] Z, float[] W);

/// <summary>How long one run took.</summary>
/// <param name="SetupSeconds">Time to make the solver.</param>
/// <param name="Seconds">From the start of iteration 1 to the end of each.</param>
/// <param name="AllocatedBytesPerIteration">Managed memory, the first iteration apart.</param>
internal sealed record TimedRun(double SetupSeconds, double[] Seconds, double AllocatedBytesPerIteration);

/// <summary>
/// Runs ADMM with one z-solver. What is computed and how long it takes come from separate runs: recording evaluates
/// objectives and errors between iterations, which would leave the caches in a state that no user has.
/// </summary>
/// <param name="problem">The problem.</param>
/// <param name="context">What solvers are made from.</param>
/// <param name="iterations">How many.</param>
internal sealed class LaplaceRun(LaplaceProblem problem, ZSolverContext context, int iterations)
{
    private readonly Device _device = problem.Operator.Device;

    /// <summary>Runs once and records every iteration.</summary>
    public RecordedRun Record(string solver, ExactReference? reference, CancellationToken cancellation)
    {
        using INormalSolver normal = ZSolvers.Create(solver, context);
        using Admm admm = CreateAdmm(normal);
        using var residual = new NormalResidual(problem.Operator, problem.Y, context.Rho);
        bool hasInnerLoop = solver is SolverNames.Cg or SolverNames.CgImage or SolverNames.GradientDescent;
        var records = new List<IterationReport>(iterations);
        double error = 0;
        for (int k = 1; k <= iterations; k++)
        {
            cancellation.ThrowIfCancellationRequested();
            int inner = admm.Step();
            AdmmResiduals distance = admm.Residuals();
            records.Add(new IterationReport(
                k,
                0,
                problem.Objective(admm.X),
                problem.Objective(admm.Z),
                distance.Primal,
                distance.Dual,
                hasInnerLoop ? inner : null,
                residual.Relative(admm.Q, admm.Z)));
            error = Math.Max(error, reference?.RelativeError(admm.Q, admm.Z) ?? 0);
        }

        return new RecordedRun(records, error, admm.X.ToArray(), admm.Z.ToArray(), admm.W.ToArray());
    }

    /// <summary>Runs once with nothing between the iterations but the clock.</summary>
    public TimedRun Time(string solver, CancellationToken cancellation)
    {
        double[] seconds = new double[iterations];
        long start = Stopwatch.GetTimestamp();
        using INormalSolver normal = ZSolvers.Create(solver, context);
        _device.Synchronize();
        double setup = Stopwatch.GetElapsedTime(start).TotalSeconds;
        using Admm admm = CreateAdmm(normal);
        _device.Synchronize();
        long allocated = 0;
        start = Stopwatch.GetTimestamp();
        for (int k = 0; k < iterations; k++)
        {
            cancellation.ThrowIfCancellationRequested();
            admm.Step();
            _device.Synchronize();
            seconds[k] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            allocated = k == 0 ? GC.GetAllocatedBytesForCurrentThread() : allocated;
        }

        double bytes = (GC.GetAllocatedBytesForCurrentThread() - allocated) / (double)Math.Max(iterations - 1, 1);
        return new TimedRun(setup, seconds, bytes);
    }

    private Admm CreateAdmm(INormalSolver normal) => new(
        _device, problem.Operator.ImageShape, normal, new SoftThreshold(), (float)context.Rho,
        (float)problem.Threshold(context.Rho));
}
