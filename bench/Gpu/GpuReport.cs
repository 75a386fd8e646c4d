using System.Text.Json;
using System.Text.Json.Serialization;
using InfAdmm.Kernels.Cuda;

namespace InfAdmm.Bench.Gpu;

/// <summary>All that is measured, as JSON.</summary>
internal sealed record GpuReport(
    string Device, double CopyGbps, IReadOnlyList<OpRow> Memory, double MatMulTflops, IReadOnlyList<ComputeRow> Compute,
    IReadOnlyList<NetworkRow> Networks, IReadOnlyList<IterationRow> Iterations)
{
    public static void Measure(string directory, string description)
    {
        using CudaDevice device = CudaDevice.Create();
        (double copy, IReadOnlyList<OpRow> memory) = OpBench.Memory(device);
        (double product, IReadOnlyList<ComputeRow> compute) = OpBench.Compute(device);
        var report = new GpuReport(
            description, copy, memory, product, compute, NetworkBench.Run(device, directory),
            IterationBench.Run(device, directory));
        File.WriteAllText(
            Path.Combine(directory, "gpu.json"), JsonSerializer.Serialize(report, GpuJson.Default.GpuReport));
    }
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(GpuReport))]
[JsonSerializable(typeof(List<PeerNode>))]
internal sealed partial class GpuJson : JsonSerializerContext;
