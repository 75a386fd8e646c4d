using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda;

/// <summary>The proximal operator of the l1 norm, alone and with the dual update (native/soft_threshold.cu).</summary>
public sealed partial class CudaDevice
{
    private static readonly KernelId SoftThresholdKernel = new("soft_threshold", "soft_threshold");
    private static readonly KernelId SoftThresholdReflectedKernel = new("soft_threshold", "soft_threshold_reflected");

    /// <inheritdoc/>
    protected override void SoftThresholdCore(Tensor x, Tensor tau, Tensor y) => Launch(
        SoftThresholdKernel,
        StreamShape(x.Count),
        new SoftThresholdArguments(Address(x), Address(tau), Address(y), x.Count));

    /// <inheritdoc/>
    protected override void SoftThresholdReflectedCore(Tensor z, Tensor tau, Tensor q, Tensor x) => Launch(
        SoftThresholdReflectedKernel,
        StreamShape(x.Count),
        new SoftThresholdReflectedArguments(Address(z), Address(tau), Address(q), Address(x), x.Count));

    [KernelArguments("soft_threshold")]
    private readonly record struct SoftThresholdArguments(
        DevicePointer X, DevicePointer Tau, DevicePointer Y, int Count);

    [KernelArguments("soft_threshold_reflected")]
    private readonly record struct SoftThresholdReflectedArguments(
        DevicePointer Z, DevicePointer Tau, DevicePointer Q, DevicePointer X, int Count);
}
