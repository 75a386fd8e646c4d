using InfAdmm.Engine;

namespace InfAdmm.Solvers.Normal;

/// <summary>
/// The z-update of ADMM: z = argmin ‖y − A z‖² + ρ‖z − q‖² = q + Aᵀ (ρI + A Aᵀ)⁻¹ (y − A q), for the A, y and ρ that
/// the solver was made for (MATH.md §1). Solvers are interchangeable; a call allocates nothing.
/// </summary>
public interface INormalSolver : IDisposable
{
    /// <summary>Computes z from q, which it leaves as it is: the caller goes on from it.</summary>
    /// <returns>The inner iterations taken, 0 for a solver that has none.</returns>
    int Solve(Tensor q, Tensor z);
}

/// <summary>An exact or approximate B = (ρI + A Aᵀ)⁻¹ on the measurement grid.</summary>
public interface IGramInverse : IDisposable
{
    /// <summary>w = B e, or near it.</summary>
    /// <returns>The inner iterations taken, 0 for an inverse that has none.</returns>
    int Apply(Tensor e, Tensor w);
}
