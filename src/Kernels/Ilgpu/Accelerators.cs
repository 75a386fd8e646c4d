using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Ilgpu;

/// <summary>
/// The accelerators of this process. Each is created once and kept together with the kernels compiled for it, since
/// compiling takes milliseconds per kernel and devices are created and disposed often.
/// </summary>
internal static class Accelerators
{
    /// <summary>
    /// Threads per warp, warps per multiprocessor and multiprocessors of the CPU accelerator. Each of its threads is an
    /// operating system thread, so a small number is fastest; barriers and groups behave the same with any number.
    /// </summary>
    private const int CpuWarp = 2;
    private const int CpuWarps = 2;
    private const int CpuMultiprocessors = 1;

    private static readonly Lock Gate = new();
    private static readonly Dictionary<(AcceleratorKind Kind, int Index), SharedAccelerator> Made = [];
    private static Context? _context;
    private static string? _contextFailure;

    /// <summary>The devices of a kind, in the order of ILGPU.</summary>
    public static IReadOnlyList<ILGPU.Runtime.Device> Devices(AcceleratorKind kind)
    {
        Context? context = SharedContext();
        return context is null ? [] : kind switch
        {
            AcceleratorKind.Cpu => [.. context.GetCPUDevices()],
            AcceleratorKind.Cuda => [.. context.GetCudaDevices()],
            AcceleratorKind.OpenCl => [.. context.GetCLDevices()],
            _ =>
            [
                .. Devices(AcceleratorKind.Cuda), .. Devices(AcceleratorKind.OpenCl), .. Devices(AcceleratorKind.Cpu),
            ],
        };
    }

    /// <summary>The OpenCL devices that ILGPU cannot use, each with the reason.</summary>
    public static IReadOnlyList<string> RefusedOpenCl()
    {
        var taken = Devices(AcceleratorKind.OpenCl).OfType<CLDevice>().Select(device => device.DeviceId).ToHashSet();
        try
        {
            return
            [
                .. CLDevice.GetDevices(_ => true).OfType<CLDevice>().Where(device => !taken.Contains(device.DeviceId))
                    .Select(device => $"{device.Name}: {(device.Capabilities.GenericAddressSpace
                        ? "its OpenCL version is too old" : "no generic address space")}"),
            ];
        }
        catch (Exception failure) when (failure is DllNotFoundException or TypeInitializationException or CLException)
        {
            return [];
        }
    }

    /// <summary>Why ILGPU cannot be used at all, or null.</summary>
    public static string? ContextFailure
    {
        get
        {
            SharedContext();
            return _contextFailure;
        }
    }

    /// <summary>The accelerator of a device, created at the first call.</summary>
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
                    _context = Context.Create(
                        builder => builder.CPU(cpu).Cuda().OpenCL().Optimize(OptimizationLevel.O2));
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
