using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda;

/// <summary>
/// Normal noise by Philox4x32-10 and the Box–Muller transform; bound by arithmetic (native/normal_noise.cu).
/// </summary>
public sealed partial class CudaDevice
{
    private static readonly KernelId NormalNoiseKernel = new("normal_noise", "normal_noise");

    /// <inheritdoc/>
    protected override void FillNormalCore(ulong seed, ulong stream, Tensor y)
    {
        var arguments = new NormalNoiseArguments(
            Address(y), (uint)seed, (uint)(seed >> 32), (uint)stream, (uint)(stream >> 32), y.Count);
        Launch(NormalNoiseKernel, LaunchShape.Elements(y.Count), arguments);
    }

    [KernelArguments("normal_noise")]
    private readonly record struct NormalNoiseArguments(
        DevicePointer Y, uint SeedLow, uint SeedHigh, uint StreamLow, uint StreamHigh, int Count);
}
