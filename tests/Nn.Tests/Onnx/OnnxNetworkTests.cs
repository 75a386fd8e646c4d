using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Nn.Onnx;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Nn.Tests;

/// <summary>Every kind of layer in ONNX Runtime against the CPU backend.</summary>
public sealed class OnnxNetworkTests : DeviceTest
{
    private const double Tolerance = 1e-5;

    /// <summary>The networks, each from one image of 3 channels, or from two.</summary>
    private static readonly Dictionary<string, Func<NetworkNode, NetworkNode, NetworkNode>> Networks = new()
    {
        ["convolution"] = (x, _) => Convolution(x, 5, 3, 4, Conv2dSpec.Same(x.Shape, 3, 4)),
        ["convolution with stride"] = (x, _) => Convolution(x, 5, 5, 5, Conv2dSpec.Same(x.Shape, 5, 5, 2)),
        ["convolution without padding"] = (x, _) => Convolution(x, 5, 2, 3, Conv2dSpec.Valid(), Activation.Relu),
        ["periodic convolution"] = (x, _) =>
            Convolution(x, 5, 4, 3, Conv2dSpec.Same(x.Shape, 4, 3, 1, Boundary.Periodic), Activation.Sigmoid),
        ["periodic convolution with stride"] = (x, _) =>
            Convolution(x, 5, 4, 4, Conv2dSpec.Same(x.Shape, 4, 4, 2, Boundary.Periodic)),
        ["transposed"] = (x, _) => Transposed(x, 5, 4, 3, Conv2dSpec.Same(x.Shape, 4, 3), x.Shape),
        ["transposed without padding"] = (x, _) =>
            Transposed(x, 5, 3, 2, Conv2dSpec.Valid(), x.Shape with { H = x.Shape.H + 2, W = x.Shape.W + 1 }),
        ["transposed periodic"] = (x, _) =>
            Transposed(x, 5, 4, 4, Conv2dSpec.Same(x.Shape, 4, 4, 1, Boundary.Periodic), x.Shape, Activation.Relu),
        ["transposed with stride"] = (x, _) =>
            Transposed(x, 5, 5, 5, Conv2dSpec.Same(x.Shape.Upsampled(2), 5, 5, 2), x.Shape.Upsampled(2)),
        ["transposed with unreached rows"] = (x, _) =>
            Transposed(x, 5, 1, 2, Conv2dSpec.Valid(2), x.Shape.Upsampled(2)),
        ["unshuffle"] = (x, _) => x.PixelUnshuffle(2),
        ["unshuffle of one channel"] = (x, _) => Convolution(x, 1, 1, 1, Conv2dSpec.Valid()).PixelUnshuffle(2),
        ["unshuffle, convolution"] = (x, _) => Convolution(x.PixelUnshuffle(2), 4, 3, 3, Conv2dSpec.Valid()),
        ["unshuffle, transposed"] = (x, _) => Transposed(
            x.PixelUnshuffle(2), 4, 3, 3, Conv2dSpec.Same(x.Shape.Downsampled(2), 3, 3), x.Shape.Downsampled(2)),
        ["unshuffle, used twice"] = (x, _) =>
            x.PixelUnshuffle(2) is var blocks ? Convolution(blocks, 12, 1, 1, Conv2dSpec.Valid()).Add(blocks) : x,
        ["unshuffle, shuffle"] = (x, _) => x.PixelUnshuffle(2).PixelShuffle(2),
        ["unshuffle, unshuffle"] = (x, _) => x.PixelUnshuffle(2).PixelUnshuffle(2),
        ["shuffle"] = (x, _) => Convolution(x, 18, 1, 1, Conv2dSpec.Valid()).PixelShuffle(3),
        ["concatenation"] = (x, y) => x.Concat(y),
        ["concatenation of blocks, convolution"] = (x, y) => Convolution(
            x.PixelUnshuffle(2).Concat(y.PixelUnshuffle(2)).Concat(
                Convolution(y, 2, 2, 2, Conv2dSpec.Same(y.Shape, 2, 2, 2))), 4, 3, 3, Conv2dSpec.Valid()),
        ["concatenation of blocks"] = (x, y) =>
            Convolution(y, 2, 2, 2, Conv2dSpec.Same(y.Shape, 2, 2, 2)).Concat(x.PixelUnshuffle(2)),
        ["addition"] = (x, y) => Convolution(x, 3, 3, 3, Conv2dSpec.Same(x.Shape, 3, 3)).Add(y),
    };

    public static TheoryData<string> Cases => [.. Networks.Keys];

    /// <summary>
    /// Catches wrong padding, order of channels, orientation of kernels and missing bias or activation, in batches too.
    /// </summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_layer_agrees(string name)
    {
        NetworkNode network = Network(name, new Shape(2, 3, 8, 12));
        using var session = new OnnxSession(OnnxNetwork.ToModel(network));
        AssertAgrees(session, network, OnnxNetwork.InputName(0), OnnxNetwork.InputName(1));
    }

    /// <summary>Catches operations that depend on the height, width or batch of the description.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void The_size_stays_free(string name)
    {
        NetworkNode traced = Network(name, new Shape(1, 3, 16, 16));
        var graph = new OnnxGraph();
        string first = graph.AddInput("first", "batch", 3, "height", "width");
        string second = graph.AddInput("second", "batch", 3, "height", "width");
        string result = OnnxNetwork.Add(graph, traced, first, second);
        graph.AddOutput("result", result, "batch", traced.Shape.C, "out_height", "out_width");
        using var session = new OnnxSession(graph.ToModel());
        AssertAgrees(session, Network(name, new Shape(2, 3, 8, 12)), first, second);
    }

    /// <summary>Catches a model with another function than the network where ONNX has none.</summary>
    [Fact]
    public void What_has_no_operator_is_refused()
    {
        NetworkNode x = NetworkNode.Input(new Shape(1, 3, 4, 4));
        NetworkNode network =
            Transposed(x, 2, 4, 4, Conv2dSpec.Same(new Shape(1, 2, 8, 8), 4, 4, 2, Boundary.Periodic), new Shape(1, 2, 8, 8));
        Assert.Throws<NotSupportedException>(() => OnnxNetwork.ToModel(network));
    }

    /// <summary>Catches descriptions that no reader finds, and names that contain more than ASCII.</summary>
    [Fact]
    public void Descriptions_are_kept()
    {
        var graph = new OnnxGraph();
        graph.AddOutput("y", graph.AddInput("x", 1, "größe"), 1, "größe");
        graph.Describe("rho", "0.003");
        graph.Describe("quelle", "größe.safetensors");
        using var session = new OnnxSession(graph.ToModel());
        Assert.Equal("0.003", session.Metadata["rho"]);
        Assert.Equal("größe.safetensors", session.Metadata["quelle"]);
        Assert.Equal([1, -1], session.Extents("x"));
    }

    private static NetworkNode Network(string name, Shape shape) =>
        Networks[name](NetworkNode.Input(shape), NetworkNode.Input(shape, 1));

    private static ConvolutionNode Convolution(
        NetworkNode x, int outputs, int height, int width, Conv2dSpec spec, Activation activation = Activation.None) =>
        x.Conv2d(Weights(new Shape(outputs, x.Shape.C, height, width), outputs), spec, activation);

    private static ConvolutionNode Transposed(
        NetworkNode x, int outputs, int height, int width, Conv2dSpec spec, Shape output,
        Activation activation = Activation.None) =>
        x.ConvTranspose2d(
            Weights(new Shape(x.Shape.C, outputs, height, width), outputs), spec, output with { C = outputs }, activation);

    private static ConvolutionWeights Weights(Shape shape, int outputs)
    {
        var random = new Random(shape.C + 100 * shape.N);
        return new ConvolutionWeights(shape, Draw(random, shape.Count, 0.3f), Draw(random, outputs, 1));
    }

    private static float[] Draw(Random random, long count, float scale)
    {
        var values = new float[count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = scale * (2 * random.NextSingle() - 1);
        }

        return values;
    }

    private void AssertAgrees(OnnxSession session, NetworkNode network, params string[] names)
    {
        using var scope = new TensorScope(Device);
        using InferencePlan plan = new OpByOpPlan(Device, network);
        InputNode[] inputs = [.. network.InOrder().OfType<InputNode>().OrderBy(node => node.Index)];
        var random = new Random(5);
        float[][] values = [.. inputs.Select(input => Draw(random, input.Shape.Count, 1))];
        Tensor output = scope.Allocate(network.Shape);
        plan.Run([.. inputs.Select((input, i) => scope.Add(Device.Allocate(input.Shape, values[i])))], output);

        // A model declares inputs that a network does not use, and they must be given.
        float[] actual = session.Run(
            [
                .. session.Inputs.Select(name => Array.IndexOf(names, name) is var i && i < inputs.Length
                    ? (name, (Shape?)inputs[i].Shape, values[i])
                    : (name, inputs[0].Shape, values[0])),
            ]).Values.Single();

        Assert.InRange(OnnxSession.LargestDifference(output.ToArray(), actual), 0, Tolerance);
    }
}
