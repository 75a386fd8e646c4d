using System.Globalization;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Solvers;

/// <summary>
/// Chooses the penalty ρ of each iteration of ADMM (docs/mathematics.md §1). ρ is the initial ρ times a power of 2, so
/// that few values occur and a z-update is created only once for each. A rule has no state: the same residuals give the
/// same ρ.
/// </summary>
public abstract class PenaltyRule
{
    /// <summary>The largest magnitude of the exponent: ρ changes by at most a factor of 2^14 = 16384.</summary>
    public const int LargestExponent = 14;

    private const double Rounding = 1e-9;

    /// <summary>ρ does not change.</summary>
    public static PenaltyRule Fixed { get; } = new FixedRule();

    /// <summary>Whether ρ is the initial ρ in every iteration.</summary>
    public bool IsFixed => LowestExponent == 0 && HighestExponent == 0;

    /// <summary>The exponent of the first iteration: its ρ is the initial ρ times 2 to this power.</summary>
    public virtual int FirstExponent => 0;

    /// <summary>The lowest exponent that the rule can choose, at least −<see cref="LargestExponent"/>.</summary>
    public virtual int LowestExponent => -LargestExponent;

    /// <summary>The highest exponent that the rule can choose, at most <see cref="LargestExponent"/>.</summary>
    public virtual int HighestExponent => LargestExponent;

    /// <summary>Returns ρ for an exponent.</summary>
    /// <param name="initial">The initial ρ.</param>
    /// <param name="exponent">The power of 2.</param>
    public static double Rho(double initial, int exponent) => Math.ScaleB(initial, exponent);

    /// <summary>
    /// Whether <see cref="Next"/> needs the residuals of an iteration. Computing them takes a pass over the iterates
    /// and waits for the device.
    /// </summary>
    /// <param name="iteration">The iteration that has just ended, from 1.</param>
    public abstract bool NeedsResiduals(int iteration);

    /// <summary>
    /// Returns the exponent for the next iteration, within the limits of the rule.
    /// </summary>
    /// <param name="iteration">The iteration that has just ended, from 1.</param>
    /// <param name="exponent">The exponent of that iteration.</param>
    /// <param name="residuals">
    /// The residuals of that iteration; not used unless <see cref="NeedsResiduals"/> returns true.
    /// </param>
    public int Next(int iteration, int exponent, AdmmResiduals residuals) =>
        Math.Clamp(Choose(iteration, exponent, residuals), LowestExponent, HighestExponent);

    /// <summary>
    /// The exponents that the rule can choose with a z-solver: those of the rule whose ρ is in the range of the solver
    /// (<see cref="ZSolver.RhoRange"/>).
    /// </summary>
    /// <param name="solver">The z-solver.</param>
    /// <param name="context">The problem, with the initial ρ.</param>
    public (int Lowest, int Highest) Exponents(ZSolver solver, ZSolverContext context)
    {
        (double least, double largest) = solver.RhoRange(context);
        return (
            (int)Math.Max(LowestExponent, Math.Ceiling(Math.Log2(least / context.Rho) - Rounding)),
            (int)Math.Min(HighestExponent, Math.Floor(Math.Log2(largest / context.Rho) + Rounding)));
    }

    /// <summary>
    /// Returns why a z-solver cannot be used with this rule: it must apply at every ρ that the rule can choose. Null if
    /// it can be used.
    /// </summary>
    /// <param name="solver">The z-solver.</param>
    /// <param name="context">The problem, with the initial ρ.</param>
    public string? WhyNot(ZSolver solver, ZSolverContext context)
    {
        // A learned solver may have weights for some ρ only: the reason then says that ρ changes.
        string? reason = solver.WhyNot(context);
        if (IsFixed || (reason is not null && !solver.IsLearned))
        {
            return reason;
        }

        (int lowest, int highest) = Exponents(solver, context);
        for (int exponent = lowest; exponent <= highest; exponent++)
        {
            double rho = Rho(context.Rho, exponent);
            if (solver.WhyNot(context with { Rho = rho }) is { } reasonThere)
            {
                return string.Create(
                    CultureInfo.InvariantCulture, $"ρ changes while it runs, and at ρ = {rho:0.0e+0} ") +
                    reasonThere;
            }
        }

        return null;
    }

    /// <summary>Returns the exponent for the next iteration; <see cref="Next"/> applies the limits.</summary>
    protected abstract int Choose(int iteration, int exponent, AdmmResiduals residuals);

    private sealed class FixedRule : PenaltyRule
    {
        public override int LowestExponent => 0;

        public override int HighestExponent => 0;

        public override bool NeedsResiduals(int iteration) => false;

        protected override int Choose(int iteration, int exponent, AdmmResiduals residuals) => 0;
    }
}
