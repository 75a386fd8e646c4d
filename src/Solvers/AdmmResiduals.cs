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
    /// <summary>The residuals from the sums of <see cref="Device.IterateSums"/>.</summary>
    internal static AdmmResiduals FromSums(ReadOnlySpan<float> sums, double rho) => new(
        Math.Sqrt(sums[0]),
        2 * rho * Math.Sqrt(sums[1]),
        Math.Sqrt(Math.Max(sums[3], sums[4])),
        2 * rho * Math.Sqrt(sums[2]),
        sums[5],
        sums[6]);
}
