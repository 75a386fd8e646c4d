using System.Text;
using InfAdmm.Kernels.Cuda.Interop;
using static InfAdmm.Kernels.Cuda.Interop.Driver;

namespace InfAdmm.Kernels.Cuda;

/// <summary>The properties of a GPU.</summary>
/// <param name="Device">The handle of the driver.</param>
/// <param name="Name">"NVIDIA H200".</param>
/// <param name="Capability">Ten times the compute capability.</param>
/// <param name="Multiprocessors">The number of multiprocessors.</param>
/// <param name="TotalBytes">The size of its memory.</param>
internal sealed record DeviceFacts(int Device, string Name, int Capability, int Multiprocessors, nuint TotalBytes)
{
    private const double LeastFreeMebibytes = 256;

    /// <summary>Queries the driver, which must be initialised.</summary>
    public static unsafe DeviceFacts Read(int ordinal)
    {
        const int NameBytes = 256;
        byte* name = stackalloc byte[NameBytes];
        Check(cuDeviceGet(out int device, ordinal));
        Check(cuDeviceGetName(name, NameBytes, device));
        Check(cuDeviceGetAttribute(out int major, ComputeCapabilityMajor, device));
        Check(cuDeviceGetAttribute(out int minor, ComputeCapabilityMinor, device));
        Check(cuDeviceGetAttribute(out int multiprocessors, MultiprocessorCount, device));
        Check(cuDeviceTotalMem_v2(out nuint total, device));
        int length = new ReadOnlySpan<byte>(name, NameBytes).IndexOf((byte)0);
        string text = Encoding.UTF8.GetString(name, length < 0 ? NameBytes : length);
        return new DeviceFacts(device, text, 10 * major + minor, multiprocessors, total);
    }

    /// <summary>A message if there is too little free memory, otherwise null.</summary>
    public string? RefusalFor(PrimaryContext context)
    {
        const double Mebibyte = 1 << 20;
        context.MakeCurrent();
        Check(cuMemGetInfo_v2(out nuint free, out nuint total));
        return free / Mebibyte < LeastFreeMebibytes
            ? $"{Name} has {free / Mebibyte:F0} MiB of {total / Mebibyte:F0} MiB free, at least "
                + $"{LeastFreeMebibytes} MiB are needed"
            : null;
    }
}
