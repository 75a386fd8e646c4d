namespace InfAdmm.Kernels.Cuda.Interop;

/// <summary>An address in device memory, or null.</summary>
internal readonly record struct DevicePointer(ulong Value)
{
    /// <summary>The null address.</summary>
    public static DevicePointer Null => default;

    /// <summary>The address plus an offset in bytes.</summary>
    public DevicePointer Plus(long bytes) => new(Value + (ulong)bytes);
}
