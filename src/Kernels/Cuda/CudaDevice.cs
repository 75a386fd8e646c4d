using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cuda;

/// <summary>The CUDA backend.</summary>
public sealed partial class CudaDevice : Device
{
    /// <summary>Launches a kernel on the device's stream, or records it.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="shape">Blocks and threads.</param>
    /// <param name="arguments">Its one argument.</param>
    internal void Launch<T>(KernelId kernel, LaunchShape shape, in T arguments)
        where T : unmanaged => throw new NotImplementedException();

    /// <summary>Where a tensor's elements begin.</summary>
    internal static DevicePointer Address(Tensor tensor) => throw new NotImplementedException();

    /// <summary>Where a tensor's elements begin, or null.</summary>
    internal static DevicePointer AddressOrNull(Tensor? tensor) => throw new NotImplementedException();

    /// <summary>
    /// Scratch memory of at least so many bytes, 256-byte aligned, for the ops of one call: the next op may use it
    /// again, in stream order. Each <paramref name="slot"/> (0 … 3) is a memory of its own.
    /// </summary>
    internal DevicePointer Scratch(int slot, long bytes) => throw new NotImplementedException();

    /// <summary>
    /// 64 unsigned integers that were zero when the device was made, for kernels that count arrivals and leave the
    /// counter at zero (or, for grid_barrier, count on). Each kind of kernel uses its own place.
    /// </summary>
    internal DevicePointer Counter(int place) => throw new NotImplementedException();

    /// <summary>The count of multiprocessors: blocks of a cooperative launch.</summary>
    internal int Multiprocessors => throw new NotImplementedException();
}
