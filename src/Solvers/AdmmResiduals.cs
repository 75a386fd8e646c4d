using InfAdmm.Engine;

namespace InfAdmm.Solvers;

/// <summary>The distance of an ADMM iterate from a fixed point (Boyd et al. 2011, §3.3), and its l1 norms.</summary>
/// <param name="Primal">‖x − z‖.</param>
/// <param name="Dual">2ρ‖z_k − z_{k−1}‖.</param>
/// <param name="PrimalScale">max(‖x‖, ‖z‖).</param>
/// <param name="DualScale">‖2ρ w‖.</param>
/// <param name="MagnitudeX">‖x‖₁.</param>
/// <param name="MagnitudeZ">‖z‖₁.</param>
public readonly record struct AdmmResiduals(
    double Primal, double Dual, double PrimalScale, double DualScale, double MagnitudeX, double MagnitudeZ)
{
    /// <summary>The default of ε_abs, for values of about 1.</summary>
    public const double DefaultAbsoluteTolerance = 1e-5;

    /// <summary>
    /// Boyd's stopping rule (docs/mathematics.md §1): primal ≤ ε_abs √n + ε_rel max(‖x‖, ‖z‖) and dual ≤ ε_abs √n +
    /// ε_rel ‖2ρ w‖.
    /// </summary>
    /// <param name="count">The number n of elements.</param>
    /// <param name="absolute">The absolute tolerance ε_abs, per element.</param>
    /// <param name="relative">The relative tolerance ε_rel.</param>
    public bool AreWithin(long count, double absolute, double relative)
    {
        double least = absolute * Math.Sqrt(count);
        return Primal <= least + relative * PrimalScale && Dual <= least + relative * DualScale;
    }

    /// <summary>The residuals from the sums of <see cref="Device.IterateSums"/>.</summary>
    internal static AdmmResiduals FromSums(ReadOnlySpan<float> sums, double rho) => new(
        Math.Sqrt(sums[0]),
        2 * rho * Math.Sqrt(sums[1]),
        Math.Sqrt(Math.Max(sums[3], sums[4])),
        2 * rho * Math.Sqrt(sums[2]),
        sums[5],
        sums[6]);
}
