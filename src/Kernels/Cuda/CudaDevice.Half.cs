using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda;

/// <summary>Conversions between float and half: 6 bytes per element, bound by memory (native/half.cu).</summary>
public sealed partial class CudaDevice
{
    private static readonly KernelId ToHalfKernel = new("half", "to_half");
    private static readonly KernelId FromHalfKernel = new("half", "from_half");

    /// <summary>half = x, rounded to nearest, ties to even.</summary>
    internal void ToHalf(DevicePointer x, DevicePointer half, long count) =>
        Launch(ToHalfKernel, LaunchShape.Elements(count), new ToHalfArguments(x, half, checked((int)count)));

    /// <summary>x = half.</summary>
    internal void FromHalf(DevicePointer half, DevicePointer x, long count) =>
        Launch(FromHalfKernel, LaunchShape.Elements(count), new FromHalfArguments(half, x, checked((int)count)));

    [KernelArguments("to_half")]
    private readonly record struct ToHalfArguments(DevicePointer X, DevicePointer Half, int Count);

    [KernelArguments("from_half")]
    private readonly record struct FromHalfArguments(DevicePointer Half, DevicePointer X, int Count);
}
