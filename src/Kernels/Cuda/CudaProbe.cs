using System.Text;
using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;
using static InfAdmm.Kernels.Cuda.Interop.Driver;

namespace InfAdmm.Kernels.Cuda;

/// <summary>Whether a GPU can be used; made by <see cref="CudaDevice.Probe"/>.</summary>
/// <param name="Available">True if a device can be created.</param>
/// <param name="Description">
/// "NVIDIA H200, compute 9.0, 139 GiB, driver for CUDA 12.8; cuDNN 9.1, cuBLAS 12.8, cuFFT 11.3", or the reason why not.
/// </param>
public sealed record CudaProbe(bool Available, string Description)
{
    // PTX 7.8, which the kernels are compiled to.
    private const int OldestDriver = 11080;
    private const int OldestCapability = 80;
    private const double Mebibyte = 1 << 20;
    private const double Gibibyte = 1 << 30;
    private const double LeastFreeMebibytes = 256;

    internal static CudaProbe Of(int ordinal)
    {
        NativeLibrarySearch driver = NativeLibraries.Find(NativeLibraries.Cuda);
        if (!driver.IsFound)
        {
            return new CudaProbe(false, $"no CUDA driver: {driver.Tried}");
        }

        try
        {
            string? refusal = Refusal(ordinal);
            return refusal is null ? Describe(ordinal) : new CudaProbe(false, refusal);
        }
        catch (Exception exception) when (exception is DeviceException or EntryPointNotFoundException)
        {
            return new CudaProbe(false, $"the CUDA driver {driver.File} fails: {exception.Message}");
        }
    }

    /// <summary>Why the GPU cannot be used as far as can be told without its context, or null.</summary>
    private static string? Refusal(int ordinal)
    {
        Check(cuInit(0));
        Check(cuDriverGetVersion(out int version));
        if (version < OldestDriver)
        {
            return $"the NVIDIA driver is too old: it is for CUDA {Version(version)}, but the kernels need one for CUDA "
                + $"{Version(OldestDriver)} or later (520 or later)";
        }

        Check(cuDeviceGetCount(out int count));
        return count switch
        {
            0 => "the CUDA driver finds no GPU",
            _ when ordinal < 0 || ordinal >= count =>
                $"there is no GPU {ordinal}: {(count == 1 ? "the only one is" : $"the last one is")} {count - 1}",
            _ => null,
        };
    }

    private static CudaProbe Describe(int ordinal)
    {
        DeviceFacts facts = DeviceFacts.Read(ordinal);
        if (facts.Capability < OldestCapability)
        {
            return new CudaProbe(
                false,
                $"{facts.Name} has compute capability {Capability(facts.Capability)}, the kernels need "
                + $"{Capability(OldestCapability)} or later");
        }

        double free = FreeBytes(facts.Device) / Mebibyte;
        if (free < LeastFreeMebibytes)
        {
            return new CudaProbe(
                false,
                $"{facts.Name} has {free:F0} MiB of {facts.TotalBytes / Mebibyte:F0} MiB free, at least "
                + $"{LeastFreeMebibytes} MiB are needed");
        }

        Check(cuDriverGetVersion(out int version));
        return new CudaProbe(
            true,
            $"{facts.Name}, compute {Capability(facts.Capability)}, {facts.TotalBytes / Gibibyte:F0} GiB, driver for CUDA "
            + $"{Version(version)}; {LibraryVersions.Describe()}");
    }

    private static nuint FreeBytes(int device)
    {
        using PrimaryContext context = PrimaryContext.Retain(device);
        context.MakeCurrent();
        Check(cuMemGetInfo_v2(out nuint free, out _));
        return free;
    }

    private static string Version(int version) => $"{version / 1000}.{version % 1000 / 10}";

    private static string Capability(int capability) => $"{capability / 10}.{capability % 10}";
}

/// <summary>What the driver says of a GPU.</summary>
/// <param name="Device">The driver's number of it.</param>
/// <param name="Name">"NVIDIA H200".</param>
/// <param name="Capability">Ten times the compute capability.</param>
/// <param name="Multiprocessors">Their count.</param>
/// <param name="TotalBytes">Its memory.</param>
internal sealed record DeviceFacts(int Device, string Name, int Capability, int Multiprocessors, nuint TotalBytes)
{
    /// <summary>Asks the driver, which must be initialised.</summary>
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
}
