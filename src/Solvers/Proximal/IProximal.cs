using InfAdmm.Engine;

namespace InfAdmm.Solvers.Proximal;

/// <summary>A proximal operator, exact or learned: the x-update of ADMM.</summary>
public interface IProximal
{
    /// <summary>x = argmin ½‖x − v‖² + tau·R(x). x may be v.</summary>
    void Apply(Tensor v, float tau, Tensor x);

    /// <summary>
    /// The whole x-update of ADMM: x = prox(z − w), and q = x + w, from which the z-update starts. A proximal operator
    /// that can do it in fewer passes over memory replaces this.
    /// </summary>
    void Apply(Tensor z, Tensor w, float tau, Tensor x, Tensor q)
    {
        z.Device.Combine(1, z, -1, w, x);
        Apply(x, tau, x);
        z.Device.Combine(1, x, 1, w, q);
    }
}

/// <summary>The proximal operator of R(x) = ‖x‖₁: sign(v)·max(|v| − tau, 0) (the paper's (14); MATH.md §2).</summary>
public sealed class SoftThreshold : IProximal
{
    /// <inheritdoc/>
    public void Apply(Tensor v, float tau, Tensor x) => v.Device.SoftThreshold(v, tau, x);

    /// <inheritdoc/>
    public void Apply(Tensor z, Tensor w, float tau, Tensor x, Tensor q) =>
        z.Device.SoftThresholdShifted(z, w, tau, x, q);
}
