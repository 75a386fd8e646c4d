namespace InfAdmm.Solvers;

/// <summary>
/// Residual balancing (Boyd et al. 2011, §3.4.1) with relative residuals (Wohlberg, arXiv 1704.06209): ρ is doubled if
/// ‖x − z‖ / max(‖x‖, ‖z‖) is more than μ times 2ρ‖z_k − z_{k−1}‖ / ‖2ρ w‖, and halved in the opposite case. Relative
/// residuals do not depend on the units of x and of the objective.
/// </summary>
/// <remarks>
/// ADMM converges if ρ stops changing after finitely many iterations. This is why there is a last iteration: without
/// one, ρ can fall into a cycle in which ADMM does not converge (docs/laplace.md has an example).
/// </remarks>
public sealed class ResidualBalancing : PenaltyRule
{
    /// <summary>The default of μ.</summary>
    public const double DefaultRatio = 5;

    /// <summary>The default number of iterations after which ρ may change.</summary>
    public const int DefaultIterations = 100;

    private readonly double _ratio;
    private readonly int _iterations;

    /// <summary>Creates the rule.</summary>
    /// <param name="ratio">The ratio μ of the relative residuals up to which ρ is kept, at least 1.</param>
    /// <param name="iterations">The number of iterations after which ρ may change.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The ratio is below 1 or not a finite number, or the number of iterations is negative.
    /// </exception>
    public ResidualBalancing(double ratio = DefaultRatio, int iterations = DefaultIterations)
    {
        if (!(ratio >= 1 && double.IsFinite(ratio)))
        {
            throw new ArgumentOutOfRangeException(nameof(ratio), ratio, "μ must be a finite number of at least 1");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(iterations);
        _ratio = ratio;
        _iterations = iterations;
    }

    /// <inheritdoc/>
    public override bool NeedsResiduals(int iteration) => iteration <= _iterations;

    /// <inheritdoc/>
    protected override int Choose(int iteration, int exponent, AdmmResiduals residuals)
    {
        if (iteration > _iterations)
        {
            return exponent;
        }

        // Multiplied by both scales, because a scale may be zero.
        double primal = residuals.Primal * residuals.DualScale;
        double dual = residuals.Dual * residuals.PrimalScale;
        if (primal > _ratio * dual)
        {
            return exponent + 1;
        }

        return dual > _ratio * primal ? exponent - 1 : exponent;
    }
}
