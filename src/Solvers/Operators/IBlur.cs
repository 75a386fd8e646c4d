using InfAdmm.Engine;

namespace InfAdmm.Solvers.Operators;

/// <summary>
/// An operator A = S H that acts separately on every plane, as
/// <see cref="Device.Blur(Tensor, Tensor, int, Boundary, float, Tensor, Tensor)"/> does: a blur, then every stride-th
/// pixel. Code that needs more than A and Aᵀ (transforms on the image grid, inner loops on the device, learned
/// inverses) requires this interface.
/// </summary>
public interface IBlur : ILinearOperator
{
    /// <summary>The blur H.</summary>
    BlurKernel Kernel { get; }

    /// <summary>The distance between measured pixels.</summary>
    int Stride { get; }

    /// <summary>The kernel on the device, (1, 1, height, width).</summary>
    Tensor KernelTensor { get; }
}
