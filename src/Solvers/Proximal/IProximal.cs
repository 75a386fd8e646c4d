using InfAdmm.Engine;

namespace InfAdmm.Solvers.Proximal;

/// <summary>A proximal operator, exact or learned: the x-update of ADMM.</summary>
public interface IProximal
{
    /// <summary>x = argmin ½‖x − v‖² + tau·R(x). x may be v.</summary>
    void Apply(Tensor v, float tau, Tensor x);
}

/// <summary>The proximal operator of R(x) = ‖x‖₁: sign(v)·max(|v| − tau, 0) (the paper's (14); MATH.md §2).</summary>
public sealed class SoftThreshold : IProximal
{
    /// <inheritdoc/>
    public void Apply(Tensor v, float tau, Tensor x) => v.Device.SoftThreshold(v, tau, x);
}
