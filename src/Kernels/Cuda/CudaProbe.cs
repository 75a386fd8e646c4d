using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;
using static InfAdmm.Kernels.Cuda.Interop.Driver;

namespace InfAdmm.Kernels.Cuda;

/// <summary>Whether a GPU can be used; returned by <see cref="CudaDevice.Probe"/>.</summary>
/// <param name="Available">True if a device can be created.</param>
/// <param name="Description">
/// "NVIDIA H200, compute 9.0, 139 GiB, driver for CUDA 12.8; cuDNN 9.1, cuBLAS 12.8, cuFFT 11.3", or the reason why
/// not.
/// </param>
public sealed record CudaProbe(bool Available, string Description)
{
    // The first driver that supports PTX 7.8, to which the kernels are compiled.
    private const int OldestDriver = 11080;
    private const int OldestCapability = 80;

    internal static CudaProbe Of(int ordinal)
    {
        try
        {
            string? refusal = Refusal(ordinal, out DeviceFacts? facts) ?? MemoryRefusal(facts!);
            return refusal is null ? Describe(facts!) : new CudaProbe(false, refusal);
        }
        catch (DeviceException exception)
        {
            return new CudaProbe(false, exception.Message);
        }
    }

    /// <summary>Why the GPU cannot be used, as far as is known without its context; null if it can.</summary>
    internal static string? Refusal(int ordinal, out DeviceFacts? facts)
    {
        facts = null;
        NativeLibrarySearch driver = NativeLibraries.Find(NativeLibraries.Cuda);
        if (!driver.IsFound)
        {
            return $"no CUDA driver: {driver.Tried}";
        }

        try
        {
            string? refusal = DriverRefusal() ?? OrdinalRefusal(ordinal);
            facts = refusal is null ? DeviceFacts.Read(ordinal) : null;
            return facts is not null && facts.Capability < OldestCapability
                ? $"{facts.Name} has compute capability {Capability(facts.Capability)}, but the kernels need "
                    + $"{Capability(OldestCapability)} or later"
                : refusal;
        }
        catch (Exception exception) when (exception is DeviceException or EntryPointNotFoundException)
        {
            return $"the CUDA driver {driver.File} fails: {exception.Message}";
        }
    }

    private static string? DriverRefusal()
    {
        Check(cuInit(0));
        Check(cuDriverGetVersion(out int version));
        return version < OldestDriver
            ? $"the NVIDIA driver is too old: it supports CUDA {Version(version)}, but the kernels need CUDA "
                + $"{Version(OldestDriver)} or later (driver 520 or later)"
            : null;
    }

    private static string? OrdinalRefusal(int ordinal)
    {
        Check(cuDeviceGetCount(out int count));
        return count switch
        {
            0 => "the CUDA driver finds no GPU",
            1 when ordinal != 0 => $"there is no GPU {ordinal}: the only one is 0",
            _ when ordinal < 0 || ordinal >= count => $"there is no GPU {ordinal}: they are 0 … {count - 1}",
            _ => null,
        };
    }

    private static string? MemoryRefusal(DeviceFacts facts)
    {
        using PrimaryContext context = PrimaryContext.Retain(facts.Device);
        return facts.RefusalFor(context);
    }

    private static CudaProbe Describe(DeviceFacts facts)
    {
        const double Gibibyte = 1 << 30;
        Check(cuDriverGetVersion(out int version));
        return new CudaProbe(
            true,
            $"{facts.Name}, compute {Capability(facts.Capability)}, {facts.TotalBytes / Gibibyte:F0} GiB, driver for "
            + $"CUDA {Version(version)}; {LibraryVersions.Describe()}");
    }

    private static string Version(int version) => $"{version / 1000}.{version % 1000 / 10}";

    private static string Capability(int capability) => $"{capability / 10}.{capability % 10}";
}
