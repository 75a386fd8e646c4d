using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Nn.Onnx;
using InfAdmm.Solvers.Inverse;

namespace InfAdmm.Solvers.Onnx;

/// <summary>A trained inverse as an ONNX model: w = C e, for measurements e of any size.</summary>
public static class InverseModel
{
    /// <summary>The smallest side of a measurement that the learned layers of 4 × 4 fit into.</summary>
    private const int LayerSide = 4;

    /// <summary>Writes the model with the input <c>e</c> and the output <c>w</c>.</summary>
    /// <param name="device">The device that the weights are loaded on.</param>
    /// <param name="weights">The trained inverse.</param>
    /// <param name="side">Height and width of the measurement; null if every run may choose them.</param>
    /// <exception cref="InputException">
    /// The weights belong to another network, or the measurement is too small.
    /// </exception>
    public static OnnxGraph Create(Device device, InverseWeights weights, int? side = null)
    {
        NetworkNode network = Trace(device, weights);
        int smallest = SmallestSide(network);
        if (side < smallest)
        {
            throw new InputException(
                $"a measurement of {side}x{side} is smaller than the learned kernels: choose at least {smallest}")
            {
                Parameter = "size",
            };
        }

        var graph = new OnnxGraph();
        OnnxExtent channels = weights.Channels == 1 ? "channels" : weights.Channels;
        OnnxExtent[] extents =
            ["batch", channels, side is { } height ? height : "height", side is { } width ? width : "width"];
        string e = graph.AddInput("e", extents);
        string planes = weights.Channels == 1 ? AddPlanes(graph, e) : e;
        string solved = OnnxNetwork.Add(graph, network, planes);
        graph.AddOutput("w", weights.Channels == 1 ? AddLike(graph, solved, e) : solved, extents);
        Describe(graph, weights);
        return graph;
    }

    /// <summary>Describes a model that contains a trained inverse by what the inverse was trained for.</summary>
    internal static void Describe(OnnxGraph graph, InverseWeights weights)
    {
        InverseProblem problem = weights.Problem;
        graph.Describe("inverse", Path.GetFileName(weights.Source));
        graph.Describe("kernel", problem.Kernel.Name);
        graph.Describe("stride", FormattableString.Invariant($"{problem.Stride}"));
        graph.Describe("boundary", problem.Boundary.ToString().ToLowerInvariant());
        graph.Describe("rho", FormattableString.Invariant($"{problem.Rho}"));
    }

    /// <summary>C for planes, or for images of several channels if it was trained for them.</summary>
    internal static NetworkNode Trace(Device device, InverseWeights weights) =>
        weights.Trace(device, NetworkNode.Input(new Shape(1, weights.Channels, LayerSide, LayerSide)));

    /// <summary>The smallest side of a measurement: a periodic layer wraps around at most once.</summary>
    internal static int SmallestSide(NetworkNode network) => network.InOrder().OfType<ConvolutionNode>()
        .Max(node => Math.Max(node.Weights.Shape.H, node.Weights.Shape.W));

    /// <summary>Adds (N, C, H, W) as planes (N·C, 1, H, W).</summary>
    internal static string AddPlanes(OnnxGraph graph, string image) =>
        graph.AddNode("Reshape", [image, graph.AddIndices(-1, 1, 0, 0)]);

    /// <summary>Adds planes in the shape of an image.</summary>
    internal static string AddLike(OnnxGraph graph, string planes, string image) =>
        graph.AddNode("Reshape", [planes, graph.AddNode("Shape", [image])]);
}
