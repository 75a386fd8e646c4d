using System.Text.Json;
using System.Text.Json.Serialization;
using InfAdmm.Kernels.Cuda;

namespace InfAdmm.Bench.Gpu;

/// <summary>All measurements, as JSON. A part that failed is empty, and its error is listed in the failures.</summary>
internal sealed record GpuReport(
    string Device, bool Quick, int ImageSize, int MatrixSize, int PeerSize, double CopyGbps,
    IReadOnlyList<OpRow> Memory, double MatMulTflops, IReadOnlyList<ComputeRow> Compute,
    IReadOnlyList<NetworkRow> Networks, IReadOnlyList<IterationRow> Iterations, IReadOnlyList<string> Failures)
{
    /// <summary>The file name in the output folder.</summary>
    public const string FileName = "gpu.json";

    /// <summary>Measures everything and writes gpu.json and the files that the PyTorch peer reads.</summary>
    /// <returns>True if nothing failed.</returns>
    public static bool Measure(string directory, string description, bool quick)
    {
        BenchScale scale = quick ? BenchScale.Quick : BenchScale.Full;
        var failures = new List<string>();
        using CudaDevice device = CudaDevice.Create();
        (double copy, IReadOnlyList<OpRow> memory) =
            Part("memory", failures, () => new MemoryBench(device, scale).Run(), (0, []));
        (double product, IReadOnlyList<ComputeRow> compute) =
            Part("compute", failures, () => new ComputeBench(device, scale).Run(), (0, []));
        IReadOnlyList<NetworkRow> networks =
            Part("networks", failures, () => new NetworkBench(device, scale, directory).Run(), []);
        IReadOnlyList<IterationRow> iterations =
            Part("iterations", failures, () => new IterationBench(device, scale, directory).Run(), []);
        var report = new GpuReport(
            description, quick, scale.Image, scale.Matrix, scale.PeerSize, copy, memory, product, compute, networks,
            iterations, failures);
        GpuJson.Write(directory, FileName, report, GpuJson.Default.GpuReport);
        return failures.Count == 0;
    }

    private static T Part<T>(string name, List<string> failures, Func<T> measure, T empty)
    {
        try
        {
            return measure();
        }
        catch (Exception failure)
        {
            failures.Add($"{name}: {failure.Message}");
            return empty;
        }
    }
}

/// <summary>The results of bench/Gpu/peer_pytorch.py.</summary>
internal sealed record PeerReport(string Torch, string Device, double? CopyGbps, IReadOnlyList<PeerRow> Rows)
{
    /// <summary>The file name in the output folder.</summary>
    public const string FileName = "peer.json";
}

/// <summary>One workload with our time and PyTorch's; PyTorch's times are null without a GPU.</summary>
internal sealed record PeerRow(string Work, double OursUs, double? EagerUs, double? GraphUs, double Difference);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(GpuReport))]
[JsonSerializable(typeof(PeerReport))]
[JsonSerializable(typeof(List<CheckRow>))]
[JsonSerializable(typeof(List<PeerNode>))]
internal sealed partial class GpuJson : JsonSerializerContext
{
    /// <summary>Writes a file of the output folder.</summary>
    public static void Write<T>(
        string directory, string name, T value, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) =>
        File.WriteAllText(Path.Combine(directory, name), JsonSerializer.Serialize(value, type));

    /// <summary>Reads a file of the output folder; default if it does not exist.</summary>
    public static T? Read<T>(
        string directory, string name, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        string path = Path.Combine(directory, name);
        return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllText(path), type) : default;
    }
}
