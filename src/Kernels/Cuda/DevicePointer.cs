namespace InfAdmm.Kernels.Cuda;

/// <summary>An address in device memory, or null.</summary>
internal readonly record struct DevicePointer(ulong Value)
{
    /// <summary>No address.</summary>
    public static DevicePointer Null => default;

    /// <summary>The address so many bytes on.</summary>
    public DevicePointer Plus(long bytes) => new(Value + (ulong)bytes);
}
