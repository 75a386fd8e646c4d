using InfAdmm.Engine;

namespace InfAdmm.Solvers.Proximal;

/// <summary>A proximal operator, exact or learned: the x-update of ADMM.</summary>
public interface IProximal
{
    /// <summary>
    /// Whether a call only issues ops to the device, the same ones each time, so that it can be recorded.
    /// </summary>
    bool IsRecordable => true;

    /// <summary>x = argmin ½‖x − v‖² + tau·R(x). x may be v; tau is one scalar on the device.</summary>
    void Apply(Tensor v, Tensor tau, Tensor x);

    /// <summary>
    /// The dual update and the next x-update of ADMM: w = q − z, x = prox(z − w), q = x + w. On entry q is the point
    /// that the last z-update started from, on return the point for the next one. This default takes three passes over
    /// memory besides <see cref="Apply"/>; override it if the operator can fuse them.
    /// </summary>
    void Update(Tensor z, Tensor tau, Tensor q, Tensor x)
    {
        z.Device.Combine(1, q, -1, z, q);
        z.Device.Combine(1, z, -1, q, x);
        Apply(x, tau, x);
        z.Device.Combine(1, x, 1, q, q);
    }
}

/// <summary>
/// The proximal operator of R(x) = ‖x‖₁: sign(v)·max(|v| − tau, 0) (the paper's (14); docs/mathematics.md §2).
/// </summary>
public sealed class SoftThreshold : IProximal
{
    /// <inheritdoc/>
    public void Apply(Tensor v, Tensor tau, Tensor x) => v.Device.SoftThreshold(v, tau, x);

    /// <inheritdoc/>
    public void Update(Tensor z, Tensor tau, Tensor q, Tensor x) => z.Device.SoftThresholdReflected(z, tau, q, x);
}
