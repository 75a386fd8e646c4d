using InfAdmm.Engine;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// w = factor·e. Exact, with factor 1/(ρ + ‖h‖²), where shifted kernels do not overlap on the stride grid, so that
/// A Aᵀ = ‖h‖² I (MATH.md §3); elsewhere a control that any learned inverse must beat.
/// </summary>
/// <param name="factor">What e is multiplied by.</param>
public sealed class ScalarInverse(double factor) : IGramInverse
{
    /// <inheritdoc/>
    public void Apply(Tensor e, Tensor w)
    {
        e.Device.Scale((float)factor, e, w);
    }

    /// <summary>Nothing to free.</summary>
    public void Dispose()
    {
    }
}
