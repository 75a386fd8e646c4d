using System.Diagnostics;
using InfAdmm.Engine;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Solvers.Laplace;

/// <summary>A z-update for one run.</summary>
/// <param name="Update">The z-update.</param>
/// <param name="SetupSeconds">The time to create it, in seconds.</param>
/// <param name="IsKept">Whether the cache keeps it for later runs; otherwise the run disposes it.</param>
/// <param name="IsReused">Whether it was created by an earlier run.</param>
internal readonly record struct CachedUpdate(IZUpdate Update, double SetupSeconds, bool IsKept, bool IsReused);

/// <summary>
/// Creates z-updates, and keeps those whose set-up takes so long that it is done only once. Shorter set-ups are
/// repeated and timed warm.
/// </summary>
/// <param name="device">The device of the updates.</param>
internal sealed class UpdateCache(Device device) : IDisposable
{
    /// <summary>The set-up time above which an update is kept, in seconds.</summary>
    private const double LongSetup = 1;

    private readonly Dictionary<(string Solver, double Rho), CachedUpdate> _kept = [];

    /// <summary>Creates an update, or returns the one that was kept.</summary>
    public CachedUpdate Create(ZSolver solver, ZSolverContext context)
    {
        if (_kept.TryGetValue((solver.Name, context.Rho), out CachedUpdate kept))
        {
            return kept with { IsReused = true };
        }

        long start = Stopwatch.GetTimestamp();
        IZUpdate update = solver.Create(context);
        device.Synchronize();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        bool isKept = seconds > LongSetup && !solver.IsWarmStarted;
        var created = new CachedUpdate(update, seconds, isKept, IsReused: false);
        if (isKept)
        {
            _kept[(solver.Name, context.Rho)] = created;
        }

        return created;
    }

    /// <summary>Frees the updates that were kept.</summary>
    public void Dispose()
    {
        foreach (CachedUpdate kept in _kept.Values)
        {
            kept.Update.Dispose();
        }
    }
}
