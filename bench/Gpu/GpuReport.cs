using System.Text.Json;
using System.Text.Json.Serialization;
using InfAdmm.Kernels.Cuda;

namespace InfAdmm.Bench.Gpu;

/// <summary>All that is measured, as JSON.</summary>
internal sealed record GpuReport(
    string Device, bool Quick, int ImageSize, int MatrixSize, int PeerSize, double CopyGbps, IReadOnlyList<OpRow> Memory,
    double MatMulTflops, IReadOnlyList<ComputeRow> Compute, IReadOnlyList<NetworkRow> Networks,
    IReadOnlyList<IterationRow> Iterations)
{
    /// <summary>The file's name in the output folder.</summary>
    public const string FileName = "gpu.json";

    /// <summary>Measures everything and writes gpu.json, and the files that the PyTorch peer reads.</summary>
    public static void Measure(string directory, string description, bool quick)
    {
        BenchScale scale = quick ? BenchScale.Quick : BenchScale.Full;
        using CudaDevice device = CudaDevice.Create();
        (double copy, IReadOnlyList<OpRow> memory) = new MemoryBench(device, scale).Run();
        (double product, IReadOnlyList<ComputeRow> compute) = new ComputeBench(device, scale).Run();
        var report = new GpuReport(
            description, quick, scale.Image, scale.Matrix, scale.PeerSize, copy, memory, product, compute,
            new NetworkBench(device, scale, directory).Run(), new IterationBench(device, scale, directory).Run());
        GpuJson.Write(directory, FileName, report, GpuJson.Default.GpuReport);
    }
}

/// <summary>What bench/Gpu/peer_pytorch.py found.</summary>
internal sealed record PeerReport(string Torch, string Device, double? CopyGbps, IReadOnlyList<PeerRow> Rows)
{
    /// <summary>The file's name in the output folder.</summary>
    public const string FileName = "peer.json";
}

/// <summary>One work of ours beside PyTorch's; no times where it has no GPU.</summary>
internal sealed record PeerRow(string Work, double OursUs, double? EagerUs, double? GraphUs, double Difference);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(GpuReport))]
[JsonSerializable(typeof(PeerReport))]
[JsonSerializable(typeof(List<CheckRow>))]
[JsonSerializable(typeof(List<PeerNode>))]
internal sealed partial class GpuJson : JsonSerializerContext
{
    /// <summary>Writes one file of the output folder.</summary>
    public static void Write<T>(
        string directory, string name, T value, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) =>
        File.WriteAllText(Path.Combine(directory, name), JsonSerializer.Serialize(value, type));

    /// <summary>Reads one file of the output folder; default where it is not there.</summary>
    public static T? Read<T>(
        string directory, string name, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        string path = Path.Combine(directory, name);
        return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllText(path), type) : default;
    }
}
