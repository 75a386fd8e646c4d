using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Layers;
using InfAdmm.Nn.Weights;

namespace InfAdmm.Nn.Tests;

/// <summary>Batch normalization as a layer: its modes, its buffers and its network description.</summary>
public sealed class BatchNorm2dTests : DeviceTest
{
    [Fact]
    public void In_training_the_batch_is_normalized_and_taken_into_the_running_statistics()
    {
        using var scope = new TensorScope(Device);
        using var layer = new BatchNorm2d(Device, channels: 2, epsilon: 0, momentum: 0.25f);
        Tensor x = scope.Add(Device.Allocate(new Shape(2, 2, 1, 2), [1, 3, 10, 10, 5, 7, 10, 50]));

        // Channel 0 has mean 4 and squared deviations 20, channel 1 has 20 and 1200.
        AssertClose([-3, -1, -10, -10, 1, 3, -10, 30], Run(layer, x), perChannel: [Math.Sqrt(5), Math.Sqrt(300)]);
        AssertClose([0.25 * 4, 0.25 * 20], Buffer(layer, "running_mean"));
        AssertClose([0.75 + 0.25 * 20 / 3, 0.75 + 0.25 * 400], Buffer(layer, "running_var"));
    }

    [Fact]
    public void In_use_the_running_statistics_are_applied_and_stay()
    {
        using var scope = new TensorScope(Device);
        using var layer = new BatchNorm2d(Device, channels: 1, Activation.Relu, epsilon: 0);
        Tensor x = scope.Add(Device.Allocate(Shape.Vector(3), [1, 3, 8]));
        Device.Fill(2, layer.NamedBuffers()[0].Buffer);
        Device.Fill(4, layer.NamedBuffers()[1].Buffer);
        layer.Eval();

        Assert.Equal([0, 0.5f, 3], Run(layer, x));
        Assert.Equal([2], Buffer(layer, "running_mean"));
        Assert.Equal([4], Buffer(layer, "running_var"));
    }

    /// <summary>
    /// Catches statistics that are pooled over the uses of a network, and a use that reads those of another.
    /// </summary>
    [Fact]
    public void Each_use_has_its_own_statistics()
    {
        using var scope = new TensorScope(Device);
        using var layer = new BatchNorm2d(Device, channels: 1, epsilon: 0, momentum: 1, uses: 2);
        Tensor first = scope.Add(Device.Allocate(Shape.Vector(2), [1, 3]));
        Tensor second = scope.Add(Device.Allocate(Shape.Vector(2), [10, 30]));
        Run(layer, first);
        layer.SetUse(1);
        Run(layer, second);
        layer.Eval();

        // The variance is that of a sample: 2 and 200.
        Assert.Equal([2], Buffer(layer, "running_mean"));
        Assert.Equal([20], Buffer(layer, "running_mean1"));
        AssertClose([2], Buffer(layer, "running_var"));
        AssertClose([200], Buffer(layer, "running_var1"));
        foreach ((int use, double mean, double variance) in ((int, double, double)[])[(0, 2, 2), (1, 20, 200), (7, 20, 200)])
        {
            layer.SetUse(use);
            AssertClose([(1 - mean) / Math.Sqrt(variance), (3 - mean) / Math.Sqrt(variance)], Run(layer, first));
        }
    }

    [Fact]
    public void Gradients_belong_to_the_statistics_of_their_forward_pass()
    {
        // The running mean changes between a forward pass in evaluation mode and its backward pass.
        float[] Gradient(bool trainsBetween)
        {
            using var scope = new TensorScope(Device);
            using var layer = new BatchNorm2d(Device, channels: 1);
            Tensor x = scope.Add(Device.Allocate(Shape.Vector(3), [1, 3, 8]));
            Tensor target = scope.Add(Device.AllocateZeros(x.Shape));
            using var graph = new Graph(Device);
            layer.Eval();
            Variable y = layer.Forward(graph.Input(x));
            if (trainsBetween)
            {
                using var other = new Graph(Device);
                layer.Train();
                layer.Forward(other.Constant(x));
            }

            graph.Backward(Functional.MeanSquaredError(y, graph.Constant(target)));
            return layer.NamedParameters()[0].Parameter.Gradient!.ToArray();
        }

        Assert.Equal(Gradient(trainsBetween: false), Gradient(trainsBetween: true));
    }

    [Fact]
    public void A_network_passes_its_mode_on_and_names_the_buffers_of_its_layers()
    {
        using var network = new Stack(Device);
        BatchNorm2d[] layers = [network.First.Norm, network.Second.Norm];

        Assert.All(layers, layer => Assert.True(layer.Training));
        network.Eval();
        Assert.All(layers, layer => Assert.False(layer.Training));
        network.Train();
        Assert.All(layers, layer => Assert.True(layer.Training));
        Assert.Equal(
            ["0.conv.weight", "0.norm.weight", "0.norm.bias", "1.conv.weight", "1.norm.weight", "1.norm.bias"],
            network.NamedParameters().Select(entry => entry.Name));
        Assert.Equal(
            ["0.norm.running_mean", "0.norm.running_var", "1.norm.running_mean", "1.norm.running_var"],
            network.NamedBuffers().Select(entry => entry.Name));
        Assert.Equal(2 * (3 * 3 + 2 * 3), network.ParameterCount);
    }

    [Fact]
    public void Buffers_pass_with_the_weights()
    {
        using var scope = new TensorScope(Device);
        using var source = new Stack(Device);
        using var target = new Stack(Device);
        foreach ((string _, Tensor buffer) in source.NamedBuffers())
        {
            Device.Copy(Noise(scope, buffer.Shape), buffer);
        }

        WeightSet saved = ModuleWeights.Export(source, new Dictionary<string, string>());
        ModuleWeights.Import(target, saved, "memory");

        Assert.Contains("1.norm.running_var", saved.Arrays.Keys);
        Assert.Equal(
            source.NamedBuffers().Select(entry => entry.Buffer.ToArray()),
            target.NamedBuffers().Select(entry => entry.Buffer.ToArray()));
        var partial = saved.Arrays.Where(entry => entry.Key != "0.norm.running_mean").ToDictionary();
        InputException refusal = Assert.Throws<InputException>(
            () => ModuleWeights.Import(target, saved with { Arrays = partial }, "memory"));
        Assert.Contains("0.norm.running_mean", refusal.Message);
    }

    [Fact]
    public void A_layer_behind_no_convolution_cannot_be_folded()
    {
        using var layer = new BatchNorm2d(Device, channels: 3);
        NetworkNode input = NetworkNode.Input(new Shape(1, 3, 4, 4));

        Assert.Throws<InvalidOperationException>(() => layer.Trace(input));
    }

    [Fact]
    public void A_module_without_a_form_as_a_network_says_so()
    {
        using var network = new TiedNetwork(Device);
        NotSupportedException refusal = Assert.Throws<NotSupportedException>(
            () => network.Trace(NetworkNode.Input(new Shape(1, 1, 4, 4))));
        Assert.Contains(nameof(TiedNetwork), refusal.Message);
    }

    private static float[] Buffer(Module module, string name) =>
        module.NamedBuffers().Single(entry => entry.Name == name).Buffer.ToArray();

    private float[] Run(Layer layer, Tensor x)
    {
        using var graph = new Graph(Device);
        return layer.Forward(graph.Constant(x)).Data.ToArray();
    }

    private static void AssertClose(double[] expected, float[] actual, double[]? perChannel = null)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i] / (perChannel?[i / 2 % 2] ?? 1), actual[i], 1e-5);
        }
    }

    private sealed class Stack : Layer
    {
        public Stack(Device device)
        {
            First = Register("0", new Block(device));
            Second = Register("1", new Block(device));
        }

        public Block First { get; }

        public Block Second { get; }

        public override Variable Forward(Variable x) => Second.Forward(First.Forward(x));
    }

    private sealed class Block : Layer
    {
        private readonly Conv2d _convolution;

        public Block(Device device)
        {
            _convolution = Register("conv", new Conv2d(device, 3, 3, kernelSize: 1, bias: false));
            Norm = Register("norm", new BatchNorm2d(device, 3));
        }

        public BatchNorm2d Norm { get; }

        public override Variable Forward(Variable x) => Norm.Forward(_convolution.Forward(x));
    }
}
