using InfAdmm.Solvers.Proximal;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Solvers.Laplace;

/// <summary>
/// ADMM for one run of a z-solver with a rule for ρ. The z-update for a new ρ is created when ρ first has that value,
/// and used again when ρ returns to it.
/// </summary>
internal sealed class LaplaceLoop : IDisposable
{
    private readonly LaplaceProblem _problem;
    private readonly ZSolver _solver;
    private readonly ZSolverContext _context;
    private readonly PenaltyRule _penalty;
    private readonly UpdateCache _cache;
    private readonly Dictionary<int, (CachedUpdate Cached, int? GuardedBefore)> _updates = [];
    private readonly int _lowest;
    private readonly int _highest;
    private readonly int _first;
    private int _exponent;

    /// <summary>Creates the z-update of the first iteration and the iterates.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="solver">The z-solver.</param>
    /// <param name="context">The arguments for the solver, with the initial ρ.</param>
    /// <param name="penalty">The rule for ρ.</param>
    /// <param name="cache">Creates the z-updates.</param>
    public LaplaceLoop(
        LaplaceProblem problem, ZSolver solver, ZSolverContext context, PenaltyRule penalty, UpdateCache cache)
    {
        (_problem, _solver, _context, _penalty, _cache) = (problem, solver, context, penalty, cache);
        (_lowest, _highest) = penalty.Exponents(solver, context);
        _first = Math.Clamp(penalty.FirstExponent, _lowest, _highest);
        _exponent = _first;
        Update = UpdateFor(_exponent);
        SetupSeconds = _updates[_exponent].Cached.SetupSeconds;
        Admm = new Admm(
            problem.Operator.Device, problem.Operator.ImageShape, Update, new SoftThreshold(), (float)Rho,
            (float)problem.Threshold(Rho));
    }

    /// <summary>The loop.</summary>
    public Admm Admm { get; }

    /// <summary>The z-update of the current ρ.</summary>
    public IZUpdate Update { get; private set; }

    /// <summary>The current ρ.</summary>
    public double Rho => PenaltyRule.Rho(_context.Rho, _exponent);

    /// <summary>The time to create the z-update of the first iteration, in seconds.</summary>
    public double SetupSeconds { get; }

    /// <summary>
    /// The time of set-ups for a new ρ that an earlier run has spent for this one, in seconds.
    /// </summary>
    public double ReusedSetupSeconds { get; private set; }

    /// <summary>The number of iterations that a guard improved; null without a guard.</summary>
    public int? GuardedSteps => Update.GuardedSteps is null
        ? null
        : _updates.Values.Sum(entry => entry.Cached.Update.GuardedSteps - entry.GuardedBefore);

    /// <summary>One iteration, with the ρ that the rule chooses after the last one.</summary>
    /// <param name="last">The residuals of the last iteration; null if they were not computed.</param>
    public void Step(AdmmResiduals? last = null)
    {
        if (!_penalty.IsFixed && Admm.Iteration > 0)
        {
            ChangeRho(last);
        }

        Admm.Step();
    }

    /// <summary>Frees the iterates, and the z-updates that the cache does not keep.</summary>
    public void Dispose()
    {
        Admm.Dispose();
        foreach ((CachedUpdate cached, _) in _updates.Values)
        {
            if (!cached.IsKept)
            {
                cached.Update.Dispose();
            }
        }
    }

    private void ChangeRho(AdmmResiduals? last)
    {
        int iteration = Admm.Iteration;
        AdmmResiduals residuals = _penalty.NeedsResiduals(iteration) ? last ?? Admm.Residuals() : default;
        int exponent = Math.Clamp(_penalty.Next(iteration, _exponent, residuals), _lowest, _highest);
        if (exponent == _exponent)
        {
            return;
        }

        _exponent = exponent;
        Update = UpdateFor(exponent);
        Admm.Use(Update, (float)Rho);
        Admm.Tau = (float)_problem.Threshold(Rho);
    }

    private IZUpdate UpdateFor(int exponent)
    {
        if (!_updates.TryGetValue(exponent, out (CachedUpdate Cached, int? GuardedBefore) entry))
        {
            CachedUpdate cached = _cache.Create(
                _solver, _context with { Rho = PenaltyRule.Rho(_context.Rho, exponent) });
            entry = (cached, cached.Update.GuardedSteps);
            _updates[exponent] = entry;
            ReusedSetupSeconds += cached.IsReused && exponent != _first ? cached.SetupSeconds : 0;
        }

        return entry.Cached.Update;
    }
}
