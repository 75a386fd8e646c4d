using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// The z-update of <see cref="MixedBlur"/> by any solver of its first factor P: with the unit weights a and g = Σ a_c q_c,
/// e = y − A q = y − P g, so z = q + a Pᵀ B e = q + a (z_g − g), z_g being the update of g under P. All but the mix and
/// its adjoint happens on one channel.
/// </summary>
public sealed class MixedUpdate : IZUpdate
{
    private readonly ChannelMix _mix;
    private readonly IZUpdate _solver;
    private readonly TensorScope _scope;
    private readonly Tensor _plane;
    private readonly Tensor _updated;
    private readonly Tensor _change;

    /// <summary>Creates the update, which owns the solver of the plane from now on.</summary>
    public MixedUpdate(Device device, ChannelMix mix, IZUpdate solver)
    {
        _mix = mix;
        _solver = solver;
        _scope = new TensorScope(device);
        _plane = _scope.Allocate(mix.PlaneShape);
        _updated = _scope.Allocate(mix.PlaneShape);
        _change = _scope.Allocate(mix.ImageShape);
    }

    /// <inheritdoc/>
    public int InnerIterations => _solver.InnerIterations;

    /// <inheritdoc/>
    public bool IsRecordable => _solver.IsRecordable;

    /// <inheritdoc/>
    public void MeasurementChanged() => _solver.MeasurementChanged();

    /// <inheritdoc/>
    public void Solve(Tensor q, Tensor z)
    {
        Device device = _scope.Device;
        _mix.Apply(q, _plane);
        _solver.Solve(_plane, _updated);
        device.Combine(1, _updated, -1, _plane, _updated);
        _mix.Adjoint(_updated, _change);
        device.Combine(1, q, 1, _change, z);
    }

    /// <summary>Frees the workspace and the plane's solver.</summary>
    public void Dispose()
    {
        _scope.Dispose();
        _solver.Dispose();
    }
}
