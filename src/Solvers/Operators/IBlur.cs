using InfAdmm.Engine;

namespace InfAdmm.Solvers.Operators;

/// <summary>
/// An operator A = S H on every plane alike, as <see cref="Device.Blur(Tensor, Tensor, int, Boundary, float, Tensor,
/// Tensor)"/> takes it: a blur, then every stride-th pixel. What uses more than A and Aᵀ (transforms on the image grid,
/// inner loops on the device, learned inverses) asks for it.
/// </summary>
public interface IBlur : ILinearOperator
{
    /// <summary>The blur H.</summary>
    BlurKernel Kernel { get; }

    /// <summary>The step between measured pixels.</summary>
    int Stride { get; }

    /// <summary>The kernel on the device, (1, 1, height, width).</summary>
    Tensor KernelTensor { get; }
}
