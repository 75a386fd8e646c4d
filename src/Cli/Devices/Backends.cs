using System.Runtime.InteropServices;
using InfAdmm.Engine;
using InfAdmm.Kernels.Cpu;
using InfAdmm.Kernels.Cuda;

namespace InfAdmm.Cli.Devices;

/// <summary>The backends in this build.</summary>
internal static partial class Backends
{
    /// <summary>The backends in order of preference: <c>auto</c> takes the first that runs.</summary>
    public static readonly Backend[] All = OfThisBuild();

    /// <summary>Adds the ILGPU backend, which a NativeAOT build excludes.</summary>
    static partial void AddIlgpu(List<Backend> backends);

    private static Backend[] OfThisBuild()
    {
        var backends = new List<Backend> { new("cuda", ProbeCuda, CreateCuda) };
        AddIlgpu(backends);
        backends.Add(new Backend("cpu", ProbeCpu, CreateCpu));
        return [.. backends];
    }

    private static ProbeResult ProbeCuda(string? part)
    {
        CudaProbe probe = CudaDevice.Probe();
        return probe.Available ? ProbeResult.On(probe.Description) : ProbeResult.No(probe.Description);
    }

    private static CudaDevice CreateCuda(string? part, CommonOptions options)
    {
        CudaPrecision precision = options.Precision switch
        {
            "tf32" => CudaPrecision.Tf32,
            "fp16" => CudaPrecision.Fp16,
            _ => CudaPrecision.Fp32,
        };
        return CudaDevice.Create(new CudaOptions { Precision = precision });
    }

    private static ProbeResult ProbeCpu(string? part)
    {
        SimdWidth width = CpuDevice.WidestWidth;
        string vectors = width == SimdWidth.Scalar ? "no vectors" : $"{(int)width}-bit vectors";
        int threads = Environment.ProcessorCount;
        return ProbeResult.On($"{ProcessorName()}, {vectors}, {threads} hardware {(threads == 1 ? "thread" : "threads")}");
    }

    private static CpuDevice CreateCpu(string? part, CommonOptions options)
    {
        NeedSinglePrecision(options, "the cpu");
        return CpuDevice.Create(options.Threads);
    }

    private static void NeedSinglePrecision(CommonOptions options, string device)
    {
        if (options.Precision != "fp32")
        {
            throw new InputException(
                $"--precision {options.Precision} needs the cuda device; {device} computes in fp32: leave it out");
        }
    }

    private static string ProcessorName()
    {
        const string LinuxProcessors = "/proc/cpuinfo";
        string? line = File.Exists(LinuxProcessors)
            ? File.ReadLines(LinuxProcessors).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return line?[(line.IndexOf(':') + 1)..].Trim()
            ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER")
            ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
