using InfAdmm.Engine;
using InfAdmm.Engine.Inference;

namespace InfAdmm.Bench.Peers;

/// <summary>A network, or one layer of a network, to measure.</summary>
/// <param name="Id">The name of the row in the results.</param>
/// <param name="Network">The output node of the network.</param>
internal sealed record BenchmarkCase(string Id, NetworkNode Network)
{
    private const int Seed = 1709;

    /// <summary>Whether this is a single layer.</summary>
    public bool IsLayer => Id.StartsWith("layer-", StringComparison.Ordinal);

    /// <summary>
    /// The multiplications and additions of direct convolution. A transposed convolution counts as its adjoint: the
    /// zeros between its sources are not counted.
    /// </summary>
    public static double OperationsOf(NetworkNode network) => network.InOrder().OfType<ConvolutionNode>().Sum(node =>
    {
        Shape outputs = node.Transposed ? node.Source.Shape : node.Shape;
        return 2.0 * node.Weights.Shape.C * node.Weights.Shape.PlaneSize * outputs.Count;
    });

    /// <summary>All networks, then the layers of Tables 1 to 4 at batch 1.</summary>
    /// <param name="device">The device that draws the weights.</param>
    public static IReadOnlyList<BenchmarkCase> All(Device device)
    {
        NetworkNode digits = Networks.Mnist(device, batch: 1);
        NetworkNode large = Networks.PixelShuffle(device, batch: 1, size: 256, factor: 4);
        NetworkNode small = Networks.PixelShuffle(device, batch: 1, size: 64, factor: 2);
        NetworkNode inverse = Networks.Inverse(device, channels: 3, size: 64);
        return
        [
            new BenchmarkCase("cpsdae-256-b1", large),
            new BenchmarkCase("cpsdae-256-b8", Networks.PixelShuffle(device, batch: 8, size: 256, factor: 4)),
            new BenchmarkCase("cphi-64x3", inverse),
            new BenchmarkCase("cphi-128x1", Networks.Inverse(device, channels: 1, size: 128)),
            new BenchmarkCase("mnist-b1", digits),
            new BenchmarkCase("mnist-b64", Networks.Mnist(device, batch: 64)),
            .. Layers(1, digits),
            .. Layers(2, large),
            .. Layers(3, small),
            .. Layers(4, inverse),
        ];
    }

    /// <summary>Draws random values for every input.</summary>
    public float[][] DrawInputs()
    {
        var random = new Random(Seed);
        return
        [
            .. Network.InOrder().OfType<InputNode>().OrderBy(node => node.Index)
                .Select(node => RandomValues.Pixels(random, node.Shape.Count)),
        ];
    }

    private static IEnumerable<BenchmarkCase> Layers(int table, NetworkNode network) => network.InOrder()
        .OfType<ConvolutionNode>()
        .Select((node, i) => new BenchmarkCase($"layer-{table}-{i + 1}", Alone(node)));

    /// <summary>The convolution with its weights and activation, applied to a new input.</summary>
    private static ConvolutionNode Alone(ConvolutionNode node)
    {
        InputNode x = NetworkNode.Input(node.Source.Shape);
        return node.Transposed
            ? x.ConvTranspose2d(node.Weights, node.Spec, node.Shape, node.Activation)
            : x.Conv2d(node.Weights, node.Spec, node.Activation);
    }
}
