using System.Globalization;
using InfAdmm.Kernels.Ilgpu;

namespace InfAdmm.Cli.Devices;

/// <remarks>The only file that refers to ILGPU: a NativeAOT build excludes it.</remarks>
internal static partial class Backends
{
    private static readonly (string Part, AcceleratorKind Kind)[] Accelerators =
        [("cuda", AcceleratorKind.Cuda), ("opencl", AcceleratorKind.OpenCl), ("cpu", AcceleratorKind.Cpu)];

    static partial void AddIlgpu(List<Backend> backends) =>
        backends.Add(new Backend("ilgpu", ProbeIlgpu, CreateIlgpu) { Parts = IlgpuParts, Refused = IlgpuRefused });

    private static ProbeResult ProbeIlgpu(string? part)
    {
        (AcceleratorKind kind, int index) = Accelerator(part);
        IlgpuProbe probe = IlgpuDevice.Probe(kind, index);
        if (!probe.Available)
        {
            return ProbeResult.No(probe.Reason!);
        }

        return probe.IsGpu
            ? ProbeResult.On(probe.Description!)
            : ProbeResult.OnlyByName(probe.Description!, "no usable GPU, and it is slow on a processor");
    }

    private static IlgpuDevice CreateIlgpu(string? part, CommonOptions options)
    {
        NeedSinglePrecision(options, "ilgpu");
        (AcceleratorKind kind, int index) = Accelerator(part);
        return IlgpuDevice.Create(kind, index);
    }

    /// <summary>
    /// All accelerators, numbered if there are several of a kind. A kind without accelerators is listed once.
    /// </summary>
    private static string[] IlgpuParts() =>
    [
        .. Accelerators.SelectMany(accelerator =>
        {
            int count = IlgpuDevice.Count(accelerator.Kind);
            return count <= 1
                ? [accelerator.Part]
                : Enumerable.Range(0, count).Select(i => $"{accelerator.Part}:{i}");
        }),
    ];

    /// <summary>If no OpenCL device is usable, the probe of that kind already names them all.</summary>
    private static (string Part, string Reason)[] IlgpuRefused() =>
        IlgpuDevice.Count(AcceleratorKind.OpenCl) == 0
            ? []
            : [.. IlgpuDevice.RefusedOpenCl().Select(reason => ("opencl", reason))];

    /// <summary>Splits a suffix that <see cref="DeviceChoice.CheckName"/> accepted.</summary>
    private static (AcceleratorKind Kind, int Index) Accelerator(string? part)
    {
        if (part is null)
        {
            return (AcceleratorKind.Best, 0);
        }

        string[] words = part.Split(':');
        int index = words.Length > 1 ? int.Parse(words[1], CultureInfo.InvariantCulture) : 0;
        return (Accelerators.Single(accelerator => accelerator.Part == words[0]).Kind, index);
    }
}
