using System.Runtime.InteropServices;
using System.Text.Json;
using InfAdmm.Engine.Inference;

namespace InfAdmm.Bench.Gpu;

/// <summary>Writes raw float32 files and networks as JSON for peer_pytorch.py.</summary>
internal static class PeerFiles
{
    public static void Write(string directory, string name, ReadOnlySpan<float> values) =>
        File.WriteAllBytes(Path.Combine(directory, $"{name}.f32"), MemoryMarshal.AsBytes(values));

    /// <summary>
    /// Writes the nodes of a network in order, with the numbers of their sources, and all weights, contiguous.
    /// </summary>
    public static void WriteNetwork(string directory, string name, NetworkNode output)
    {
        IReadOnlyList<NetworkNode> nodes = output.InOrder();
        var numbers = nodes.Select((node, i) => (node, i)).ToDictionary(pair => pair.node, pair => pair.i);
        var weights = new List<float>();
        var description = new List<PeerNode>();
        foreach (NetworkNode node in nodes)
        {
            int[] sources = [.. node.Sources.Select(source => numbers[source])];
            int[] shape = [node.Shape.N, node.Shape.C, node.Shape.H, node.Shape.W];
            description.Add(node switch
            {
                ConvolutionNode convolution => Convolution(convolution, sources, shape, weights),
                PixelShuffleNode shuffle => new PeerNode(shuffle.Inverse ? "unshuffle" : "shuffle", sources, shape)
                {
                    Factor = shuffle.Factor,
                },
                ConcatenationNode => new PeerNode("concat", sources, shape),
                InputNode input => new PeerNode("input", sources, shape) { Factor = input.Index },
                _ => throw new NotSupportedException($"the peer does not support {node.GetType().Name}"),
            });
        }

        Write(directory, $"{name}_weights", CollectionsMarshal.AsSpan(weights));
        File.WriteAllText(
            Path.Combine(directory, $"{name}.json"),
            JsonSerializer.Serialize(description, GpuJson.Default.ListPeerNode));
    }

    private static PeerNode Convolution(ConvolutionNode node, int[] sources, int[] shape, List<float> weights)
    {
        weights.AddRange(node.Weights.Values);
        weights.AddRange(node.Weights.Bias ?? []);
        InfAdmm.Engine.Shape filter = node.Weights.Shape;
        return new PeerNode(node.Transposed ? "transposed" : "convolution", sources, shape)
        {
            Filter = [filter.N, filter.C, filter.H, filter.W],
            Bias = node.Weights.Bias is not null,
            Stride = node.Spec.Stride,
            Pads = [node.Spec.Top, node.Spec.Left, node.Spec.Bottom, node.Spec.Right],
            Circular = node.Spec.Boundary == InfAdmm.Engine.Boundary.Periodic,
            Activation = node.Activation.ToString(),
        };
    }
}

/// <summary>A node of a network in the peer's format.</summary>
internal sealed record PeerNode(string Kind, int[] Sources, int[] Shape)
{
    public int Factor { get; init; }

    public int[]? Filter { get; init; }

    public bool Bias { get; init; }

    public int Stride { get; init; }

    public int[]? Pads { get; init; }

    public bool Circular { get; init; }

    public string? Activation { get; init; }
}
