using ILGPU.Runtime;
using ILGPU.Runtime.OpenCL;

namespace InfAdmm.Kernels.Ilgpu;

public sealed partial class IlgpuDevice
{
    private static readonly AcceleratorKind[] Kinds =
        [AcceleratorKind.Cuda, AcceleratorKind.OpenCl, AcceleratorKind.Cpu];

    /// <summary>The number of devices of a kind that ILGPU finds on this machine.</summary>
    public static int Count(AcceleratorKind kind) => Accelerators.Devices(kind).Count;

    /// <summary>The OpenCL devices of this machine that ILGPU cannot use: the name of each and the reason.</summary>
    public static IReadOnlyList<string> RefusedOpenCl() => Accelerators.RefusedOpenCl();

    /// <summary>Checks whether an accelerator is available.</summary>
    /// <param name="kind">The kind of accelerator.</param>
    /// <param name="index">The number of the device among those of its kind, from 0.</param>
    public static IlgpuProbe Probe(AcceleratorKind kind = AcceleratorKind.Best, int index = 0)
    {
        if (Accelerators.ContextFailure is { } failure)
        {
            return new IlgpuProbe(false, false, null, $"ILGPU cannot start: {failure}");
        }

        (AcceleratorKind chosen, int place) = Choose(kind, index);
        IReadOnlyList<Device> devices = Accelerators.Devices(chosen);
        if (place >= devices.Count)
        {
            return new IlgpuProbe(false, false, null, WhyNone(chosen, place, devices.Count));
        }

        return new IlgpuProbe(true, IsGpu(devices[place]), $"ILGPU {Word(chosen)}: {devices[place].Name}", null);
    }

    /// <summary>The first GPU, CUDA before OpenCL; without a GPU, the CPU accelerator.</summary>
    private static (AcceleratorKind Kind, int Index) Choose(AcceleratorKind kind, int index)
    {
        if (kind != AcceleratorKind.Best)
        {
            return (kind, index);
        }

        foreach (AcceleratorKind candidate in Kinds)
        {
            IReadOnlyList<Device> devices = Accelerators.Devices(candidate);
            for (int i = 0; i < devices.Count; i++)
            {
                if (IsGpu(devices[i]))
                {
                    return (candidate, i);
                }
            }
        }

        return (AcceleratorKind.Cpu, 0);
    }

    private static bool IsGpu(Device device) =>
        device is CLDevice openCl
            ? openCl.DeviceType.HasFlag(CLDeviceType.CL_DEVICE_TYPE_GPU)
            : device.AcceleratorType == AcceleratorType.Cuda;

    private static string WhyNone(AcceleratorKind kind, int index, int count)
    {
        if (count > 0)
        {
            return count == 1
                ? $"ILGPU has one {Word(kind)} device, number 0; there is no number {index}"
                : $"ILGPU has {count} {Word(kind)} devices, numbers 0 to {count - 1}; there is no number {index}";
        }

        return kind switch
        {
            AcceleratorKind.Cuda => "ILGPU found no NVIDIA driver with a device",
            AcceleratorKind.OpenCl => "ILGPU found no OpenCL device with a generic address space (OpenCL 2.0, or 3.0 " +
                "with that feature): install your GPU's OpenCL driver" + Refused(),
            _ => "ILGPU has no CPU accelerator here",
        };
    }

    private static string Refused()
    {
        IReadOnlyList<string> refused = RefusedOpenCl();
        return refused.Count == 0 ? "" : $"; not usable: {string.Join(", ", refused)}";
    }

    private static string Word(AcceleratorKind kind) => kind switch
    {
        AcceleratorKind.Cuda => "CUDA",
        AcceleratorKind.OpenCl => "OpenCL",
        _ => "CPU",
    };
}
