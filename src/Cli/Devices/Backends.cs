using System.Globalization;
using System.Runtime.InteropServices;
using InfAdmm.Engine;
using InfAdmm.Kernels.Cpu;
using InfAdmm.Kernels.Cuda;

namespace InfAdmm.Cli.Devices;

/// <summary>The backends in this build.</summary>
internal static partial class Backends
{
    /// <summary>The backends in order of preference: <c>auto</c> takes the first that runs.</summary>
    public static readonly Backend[] All = OfThisBuild(CreateCuda);

    /// <summary>
    /// The same, but CUDA without libraries: they choose algorithms by their times, and results then differ in their last bits.
    /// </summary>
    public static readonly Backend[] SameBits = OfThisBuild(CreateCudaOfSameBits);

    /// <summary>Adds the ILGPU backend, which a NativeAOT build excludes.</summary>
    static partial void AddIlgpu(List<Backend> backends);

    private static Backend[] OfThisBuild(Func<string?, CommonOptions, Device> createCuda)
    {
        var backends = new List<Backend> { new("cuda", ProbeCuda, createCuda) };
        AddIlgpu(backends);
        backends.Add(new Backend("cpu", ProbeCpu, CreateCpu));
        return [.. backends];
    }

    private static ProbeResult ProbeCuda(string? part)
    {
        CudaProbe probe = CudaDevice.Probe(Ordinal(part));
        return probe.Available ? ProbeResult.On(probe.Description) : ProbeResult.No(probe.Description);
    }

    private static CudaDevice CreateCuda(string? part, CommonOptions options) =>
        CudaDevice.Create(OptionsOfCuda(part, options));

    private static CudaDevice CreateCudaOfSameBits(string? part, CommonOptions options) =>
        CudaDevice.Create(OptionsOfCuda(part, options) with { UseLibraries = false });

    private static CudaOptions OptionsOfCuda(string? part, CommonOptions options)
    {
        CudaPrecision precision = options.Precision switch
        {
            "tf32" => CudaPrecision.Tf32,
            "fp16" => CudaPrecision.Fp16,
            _ => CudaPrecision.Fp32,
        };
        return new CudaOptions { Ordinal = Ordinal(part), Precision = precision };
    }

    /// <summary>The number of the GPU that a suffix names, which is not part of a name on the command line.</summary>
    private static int Ordinal(string? part) => part is null ? 0 : int.Parse(part, CultureInfo.InvariantCulture);

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
