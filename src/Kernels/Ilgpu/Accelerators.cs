using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Ilgpu;

/// <summary>
/// The accelerators of this process. Each is made once and kept, with the kernels compiled for it: compiling takes
/// milliseconds a kernel, and devices come and go.
/// </summary>
internal static class Accelerators
{
    /// <summary>
    /// Threads a warp, warps a multiprocessor, multiprocessors of the CPU accelerator. Each of its threads is one of the
    /// operating system's, so few are fastest; barriers and groups work alike with any count.
    /// </summary>
    private const int CpuWarp = 2;
    private const int CpuWarps = 2;
    private const int CpuMultiprocessors = 1;

    private static readonly Lock Gate = new();
    private static readonly Dictionary<(AcceleratorKind Kind, int Index), SharedAccelerator> Made = [];
    private static Context? _context;
    private static string? _contextFailure;

    /// <summary>The devices of a kind, in ILGPU's order.</summary>
    public static IReadOnlyList<ILGPU.Runtime.Device> Devices(AcceleratorKind kind)
    {
        Context? context = SharedContext();
        return context is null ? [] : kind switch
        {
            AcceleratorKind.Cpu => [.. context.GetCPUDevices()],
            AcceleratorKind.Cuda => [.. context.GetCudaDevices()],
            AcceleratorKind.OpenCl => [.. context.GetCLDevices()],
            _ => [.. Devices(AcceleratorKind.Cuda), .. Devices(AcceleratorKind.OpenCl), .. Devices(AcceleratorKind.Cpu)],
        };
    }

    /// <summary>The OpenCL devices that ILGPU leaves alone, each with the reason.</summary>
    public static IReadOnlyList<string> RefusedOpenCl()
    {
        var taken = Devices(AcceleratorKind.OpenCl).OfType<CLDevice>().Select(device => device.DeviceId).ToHashSet();
        try
        {
            return
            [
                .. CLDevice.GetDevices(_ => true).OfType<CLDevice>().Where(device => !taken.Contains(device.DeviceId))
                    .Select(device => $"{device.Name}: {(device.Capabilities.GenericAddressSpace
                        ? "its OpenCL is too old" : "no generic address space")}"),
            ];
        }
        catch (Exception failure) when (failure is DllNotFoundException or TypeInitializationException or CLException)
        {
            return [];
        }
    }

    /// <summary>Why there is no ILGPU at all, or null.</summary>
    public static string? ContextFailure
    {
        get
        {
            SharedContext();
            return _contextFailure;
        }
    }

    /// <summary>The accelerator of a device, made at the first call.</summary>
    public static SharedAccelerator Get(AcceleratorKind kind, int index)
    {
        IReadOnlyList<ILGPU.Runtime.Device> devices = Devices(kind);
        lock (Gate)
        {
            if (!Made.TryGetValue((kind, index), out SharedAccelerator? shared))
            {
                shared = new SharedAccelerator(Create(devices[index]));
                Made[(kind, index)] = shared;
            }

            return shared;
        }
    }

    private static Accelerator Create(ILGPU.Runtime.Device device)
    {
        try
        {
            return device.CreateAccelerator(_context!);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            throw new DeviceException($"{device.Name} cannot be used: {failure.Message}", failure);
        }
    }

    private static Context? SharedContext()
    {
        lock (Gate)
        {
            if (_context is null && _contextFailure is null)
            {
                NativeLibraryNames.Register();
                try
                {
                    var cpu = new CPUDevice(CpuWarp, CpuWarps, CpuMultiprocessors);
                    _context = Context.Create(builder => builder.CPU(cpu).Cuda().OpenCL().Optimize(OptimizationLevel.O2));
                }
                catch (Exception failure) when (failure is not OutOfMemoryException)
                {
                    _contextFailure = failure.Message;
                }
            }

            return _context;
        }
    }
}
