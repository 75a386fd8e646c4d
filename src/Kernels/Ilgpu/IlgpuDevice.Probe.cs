using ILGPU.Runtime;

namespace InfAdmm.Kernels.Ilgpu;

public sealed partial class IlgpuDevice
{
    private static readonly AcceleratorKind[] Preference =
        [AcceleratorKind.Cuda, AcceleratorKind.OpenCl, AcceleratorKind.Cpu];

    /// <summary>Asks for an accelerator without keeping it.</summary>
    /// <param name="kind">What to run on.</param>
    /// <param name="index">Which of its kind, from 0.</param>
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

        bool isGpu = chosen != AcceleratorKind.Cpu;
        return new IlgpuProbe(true, isGpu, $"ILGPU {Word(chosen)}: {devices[place].Name}", null);
    }

    private static (AcceleratorKind Kind, int Index) Choose(AcceleratorKind kind, int index) =>
        kind != AcceleratorKind.Best
            ? (kind, index)
            : (Preference.First(candidate => Accelerators.Devices(candidate).Count > 0), 0);

    private static string WhyNone(AcceleratorKind kind, int index, int count)
    {
        if (count > 0)
        {
            return $"ILGPU has {count} {Word(kind)} {(count == 1 ? "device" : "devices")}; " +
                $"choose a number below {count}, not {index}";
        }

        return kind switch
        {
            AcceleratorKind.Cuda => "ILGPU found no NVIDIA driver with a device",
            AcceleratorKind.OpenCl => "ILGPU found no OpenCL driver with a device that has a generic address space " +
                "(OpenCL 2.0, or 3.0 with that feature): install your GPU's OpenCL driver",
            _ => "ILGPU has no CPU accelerator here",
        };
    }

    private static string Word(AcceleratorKind kind) => kind switch
    {
        AcceleratorKind.Cuda => "CUDA",
        AcceleratorKind.OpenCl => "OpenCL",
        _ => "CPU",
    };
}
