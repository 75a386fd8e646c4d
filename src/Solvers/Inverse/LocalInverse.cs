using InfAdmm.Engine;

namespace InfAdmm.Solvers.Inverse;

/// <summary>
/// w = c·e + S Sᵀ e: an approximate (ρI + A Aᵀ)⁻¹ by small filters that vary across the grid
/// (<see cref="LocalFilters"/>). Symmetric and positive definite by construction, so it is a preconditioner too.
/// </summary>
public sealed class LocalInverse : IGramInverse
{
    private readonly Device _device;
    private readonly FilterBank _bank;
    private readonly float _floor;
    private readonly Tensor _filtered;

    /// <summary>Takes ownership of the filters.</summary>
    internal LocalInverse(Device device, FilterBank bank, double floor, Shape grid)
    {
        _device = device;
        _bank = bank;
        _floor = (float)floor;
        _filtered = device.Allocate(grid);
    }

    /// <inheritdoc/>
    public void Apply(Tensor e, Tensor w)
    {
        _bank.Adjoint(e, _filtered);
        _device.Scale(_floor, e, w);
        _bank.Apply(_filtered, w, w);
    }

    /// <summary>Frees the filters.</summary>
    public void Dispose()
    {
        _filtered.Dispose();
        _bank.Dispose();
    }
}
