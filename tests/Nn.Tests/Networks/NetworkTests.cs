using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Layers;
using InfAdmm.Nn.Networks;

namespace InfAdmm.Nn.Tests;

/// <summary>The paper's networks, compared with its tables and with their own network descriptions.</summary>
public sealed class NetworkTests : DeviceTest
{
    private const double Tolerance = 1e-5;

    [Fact]
    public void Table_1_has_the_layers_that_the_paper_prints()
    {
        using var network = new MnistAutoEncoder(Device);

        NetworkNode output = network.Trace(NetworkNode.Input(new Shape(3, 1, 28, 28)));

        Assert.Equal(
            [
                "conv 5x5 s2 (3, 32, 14, 14) Relu", "conv 5x5 s2 (3, 64, 7, 7) Relu", "conv 5x5 s2 (3, 128, 2, 2) Relu",
                "conv 2x2 s1 (3, 64, 1, 1) None", "convT 3x3 s1 (3, 128, 3, 3) Relu", "convT 5x5 s1 (3, 64, 7, 7) Relu",
                "convT 5x5 s2 (3, 32, 14, 14) Relu", "convT 5x5 s2 (3, 1, 28, 28) Sigmoid",
            ],
            Describe(output));
        int weights = 25 * (1 * 32 + 32 * 64 + 64 * 128) + 4 * 128 * 64
            + 9 * 64 * 128 + 25 * (128 * 64 + 64 * 32 + 32 * 1);
        Assert.Equal(weights + (32 + 64 + 128 + 64 + 128 + 64 + 32 + 1), network.ParameterCount);
    }

    [Fact]
    public void Table_2_has_the_layers_that_the_paper_prints()
    {
        using var network = new PixelShuffleAutoEncoder(Device, factor: 4, conditionChannels: 3);

        NetworkNode output = network.Trace(
            NetworkNode.Input(new Shape(1, 3, 256, 256)), NetworkNode.Input(new Shape(1, 3, 64, 64), 1));

        Assert.Equal(
            [
                "unshuffle 4 (1, 48, 64, 64)", "conv 4x4 s1 (1, 128, 64, 64) Relu", "conv 4x4 s1 (1, 64, 64, 64) Relu",
                "conv 4x4 s1 (1, 32, 64, 64) Relu", "concat (1, 35, 64, 64)", "conv 4x4 s1 (1, 64, 64, 64) Relu",
                "conv 4x4 s1 (1, 128, 64, 64) Relu", "conv 4x4 s1 (1, 48, 64, 64) Relu", "shuffle 4 (1, 3, 256, 256)",
            ],
            Describe(output));
        int weights = 16 * (48 * 128 + 128 * 64 + 64 * 32 + 35 * 64 + 64 * 128 + 128 * 48);
        Assert.Equal(weights + 2 * (128 + 64 + 32 + 64 + 128 + 48), network.ParameterCount);
    }

    [Fact]
    public void Table_3_has_the_layers_that_the_paper_prints()
    {
        using var network = new PixelShuffleAutoEncoder(Device, factor: 2, conditionChannels: 3, lastRelu: false);

        NetworkNode output = network.Trace(
            NetworkNode.Input(new Shape(1, 3, 64, 64)), NetworkNode.Input(new Shape(1, 3, 32, 32), 1));

        Assert.Equal(
            [
                "unshuffle 2 (1, 12, 32, 32)", "conv 4x4 s1 (1, 128, 32, 32) Relu", "conv 4x4 s1 (1, 64, 32, 32) Relu",
                "conv 4x4 s1 (1, 32, 32, 32) Relu", "concat (1, 35, 32, 32)", "conv 4x4 s1 (1, 64, 32, 32) Relu",
                "conv 4x4 s1 (1, 128, 32, 32) Relu", "conv 4x4 s1 (1, 12, 32, 32) None", "shuffle 2 (1, 3, 64, 64)",
            ],
            Describe(output));
        int weights = 16 * (12 * 128 + 128 * 64 + 64 * 32 + 35 * 64 + 64 * 128 + 128 * 12);
        Assert.Equal(weights + 2 * (128 + 64 + 32 + 64 + 128 + 12), network.ParameterCount);
    }

    [Fact]
    public void A_compiled_digit_network_is_the_module()
    {
        using var network = new MnistAutoEncoder(Device);

        AssertCompiles(
            network, [new Shape(2, 1, 28, 28)], nodes => network.Trace(nodes[0]), values => network.Forward(values[0]));
    }

    [Fact]
    public void A_compiled_network_without_condition_is_the_module()
    {
        using var network = new PixelShuffleAutoEncoder(Device, factor: 4, lastRelu: false);

        AssertCompiles(
            network, [new Shape(2, 3, 12, 20)], nodes => network.Trace(nodes[0]), values => network.Forward(values[0]));
    }

    [Theory]
    [InlineData(4, 3, 4, 3)]
    [InlineData(4, 48, 1, 3)]
    [InlineData(2, 1, 2, 1)]
    [InlineData(2, 4, 1, 1)]
    public void A_compiled_conditional_network_is_the_module(int factor, int joined, int stride, int channels)
    {
        using var network = new PixelShuffleAutoEncoder(Device, factor, conditionChannels: joined, lastRelu: false);
        var image = new Shape(2, 3, 12, 20);

        AssertCompiles(
            network, [image, image.Downsampled(stride) with { C = channels }],
            nodes => network.Trace(nodes[0], nodes[1]), values => network.Forward(values[0], values[1]));
    }

    [Fact]
    public void A_relu_at_the_end_bars_negative_outputs_and_is_there_unless_declined()
    {
        using var scope = new TensorScope(Device);
        using var published = new PixelShuffleAutoEncoder(Device, factor: 2);
        using var linear = new PixelShuffleAutoEncoder(Device, factor: 2, lastRelu: false);
        Tensor x = Noise(scope, new Shape(1, 3, 8, 8));
        HeNormal.Initialize(published, seed: 1);
        HeNormal.Initialize(linear, seed: 1);
        using var graph = new Graph(Device);
        float[] full = linear.Forward(graph.Constant(x)).Data.ToArray();
        float[] cut = published.Forward(graph.Constant(x)).Data.ToArray();

        Assert.Contains(full, value => value < 0);
        Assert.Equal(full.Select(value => Math.Max(value, 0)), cut);
    }

    [Fact]
    public void Inputs_that_do_not_suit_a_network_are_refused()
    {
        using var digits = new MnistAutoEncoder(Device);
        using var plain = new PixelShuffleAutoEncoder(Device, factor: 4);
        using var conditional = new PixelShuffleAutoEncoder(Device, factor: 4, conditionChannels: 3);
        InputNode x = NetworkNode.Input(new Shape(1, 3, 8, 8));
        InputNode small = NetworkNode.Input(new Shape(1, 3, 2, 2), 1);

        Assert.Throws<ShapeException>(() => digits.Trace(x));
        Assert.Throws<ShapeException>(() => plain.Trace(small));
        Assert.Throws<ShapeException>(() => plain.Trace(x, small));
        Assert.Throws<ShapeException>(() => conditional.Trace(x));
        Assert.Throws<ShapeException>(() => conditional.Trace(x, x));
        Assert.Throws<ShapeException>(() => conditional.Trace(NetworkNode.Input(new Shape(1, 1, 8, 8)), small));
        Assert.Equal(x.Shape, conditional.Trace(x, small).Shape);
    }

    /// <summary>
    /// In evaluation mode, on noise, with weights, biases and running statistics of every layer that differ from their
    /// initial values.
    /// </summary>
    private void AssertCompiles(
        Module network, Shape[] shapes, Func<NetworkNode[], NetworkNode> trace, Func<Variable[], Variable> forward)
    {
        using var scope = new TensorScope(Device);
        Tensor[] inputs = [.. shapes.Select(shape => Noise(scope, shape))];
        Disturb(scope, network);

        // A training step, so that the running statistics are those of data and not the initial ones.
        Evaluate(inputs, forward);
        network.Eval();
        float[] expected = Evaluate(inputs, forward);
        using InferencePlan plan = Device.Compile(trace([.. shapes.Select(NetworkNode.Input)]));
        Tensor actual = scope.Allocate(plan.OutputShape);
        plan.Run(inputs, actual);

        Assert.Equal(shapes[0], plan.OutputShape);
        double error = expected.Zip(actual.ToArray(), (a, b) => Math.Abs((double)a - b)).Max();
        double largest = expected.Max(Math.Abs);
        Assert.True(error <= Tolerance * largest, $"the plan errs by {error:E2} beside values of {largest}");
        Assert.True(expected.Distinct().Count() > expected.Length / 4, "the network makes a constant of everything");
    }

    private float[] Evaluate(Tensor[] inputs, Func<Variable[], Variable> forward)
    {
        using var graph = new Graph(Device);
        return forward([.. inputs.Select(graph.Constant)]).Data.ToArray();
    }

    private void Disturb(TensorScope scope, Module network)
    {
        HeNormal.Initialize(network, seed: 11);
        foreach ((string name, Parameter parameter) in network.NamedParameters())
        {
            if (name.EndsWith("bias", StringComparison.Ordinal) || name.Contains("norm", StringComparison.Ordinal))
            {
                Device.Combine(1, parameter.Data, 0.2f, Noise(scope, parameter.Shape), parameter.Data);
            }
        }
    }

    /// <summary>The nodes after the inputs, one line each.</summary>
    private static string[] Describe(NetworkNode output) =>
        [.. output.InOrder().Where(node => node is not InputNode).Select(Line)];

    private static string Line(NetworkNode node) => node switch
    {
        ConvolutionNode c => $"{(c.Transposed ? "convT" : "conv")} {c.Weights.Shape.H}x{c.Weights.Shape.W} " +
            $"s{c.Spec.Stride} {c.Shape} {c.Activation}",
        PixelShuffleNode p => $"{(p.Inverse ? "unshuffle" : "shuffle")} {p.Factor} {p.Shape}",
        ConcatenationNode c => $"concat {c.Shape}",
        _ => throw new InvalidOperationException($"an unexpected {node.GetType().Name}"),
    };
}
