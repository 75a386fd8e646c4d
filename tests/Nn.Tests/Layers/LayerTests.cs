using InfAdmm.Engine;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Layers;

namespace InfAdmm.Nn.Tests;

public sealed class LayerTests : DeviceTest
{
    [Theory]
    [InlineData(Padding.Same, 1, 6, 8)]
    [InlineData(Padding.Same, 2, 6, 8)]
    [InlineData(Padding.SameCircular, 1, 6, 8)]
    [InlineData(Padding.SameCircular, 2, 6, 8)]
    [InlineData(Padding.Valid, 1, 6, 8)]
    [InlineData(Padding.Valid, 2, 8, 9)]
    public void The_transposed_layer_is_the_adjoint(Padding padding, int stride, int height, int width)
    {
        using var scope = new TensorScope(Device);
        using var graph = new Graph(Device);
        using var weight = new Parameter(Device, new Shape(5, 3, 4, 3));
        Device.Copy(Noise(scope, weight.Shape), weight.Data);
        var convolution = new Conv2d(weight, stride: stride, padding: padding);
        var transposed = new ConvTranspose2d(weight, stride: stride, padding: padding);
        Tensor x = Noise(scope, new Shape(2, 3, height, width));
        Tensor image = convolution.Forward(graph.Constant(x)).Data;
        Tensor y = Noise(scope, image.Shape);
        Tensor back = transposed.Forward(graph.Constant(y)).Data;

        Assert.Equal(x.Shape, back.Shape);
        double left = Dot(image.ToArray(), y.ToArray());
        double right = Dot(x.ToArray(), back.ToArray());
        double scale = Norm(image.ToArray()) * Norm(y.ToArray());
        Assert.True(Math.Abs(left - right) <= 1e-5 * scale, $"⟨Kx, y⟩ = {left}, ⟨x, Kᵀy⟩ = {right}");
        Assert.True(scale > 1, "nothing was convolved");
    }

    [Theory]
    [InlineData(Padding.Same, 1, 7, 9)]
    [InlineData(Padding.SameCircular, 1, 7, 9)]
    [InlineData(Padding.Same, 2, 4, 5)]
    [InlineData(Padding.SameCircular, 2, 4, 5)]
    [InlineData(Padding.Valid, 1, 4, 7)]
    [InlineData(Padding.Valid, 2, 2, 4)]
    public void A_convolution_of_7x9_has_the_shape_that_padding_and_stride_say(
        Padding padding, int stride, int height, int width)
    {
        var layer = new Conv2d(new Parameter(Device, new Shape(5, 3, 4, 3)), stride: stride, padding: padding);
        Assert.Equal(new Shape(2, 5, height, width), OutputShape(layer, new Shape(2, 3, 7, 9)));
    }

    [Theory]
    [InlineData(Padding.Same, 1, 7, 9)]
    [InlineData(Padding.SameCircular, 2, 14, 18)]
    [InlineData(Padding.Same, 3, 21, 27)]
    [InlineData(Padding.Valid, 1, 10, 11)]
    [InlineData(Padding.Valid, 2, 16, 19)]
    public void A_transposed_convolution_of_7x9_has_the_shape_that_padding_and_stride_say(
        Padding padding, int stride, int height, int width)
    {
        var layer = new ConvTranspose2d(new Parameter(Device, new Shape(5, 3, 4, 3)), stride: stride, padding: padding);
        Assert.Equal(new Shape(2, 3, height, width), OutputShape(layer, new Shape(2, 5, 7, 9)));
    }

    [Fact]
    public void Circular_padding_has_no_edge_and_zero_padding_has_one()
    {
        using var scope = new TensorScope(Device);
        using var graph = new Graph(Device);
        using var weight = new Parameter(Device, new Shape(1, 1, 3, 3));
        Device.Fill(1, weight.Data);
        Tensor ones = scope.Allocate(Shape.Matrix(3, 3));
        Device.Fill(1, ones);

        Variable circular = new Conv2d(weight, padding: Padding.SameCircular).Forward(graph.Constant(ones));
        Variable zero = new Conv2d(weight, padding: Padding.Same).Forward(graph.Constant(ones));

        Assert.Equal([9, 9, 9, 9, 9, 9, 9, 9, 9], circular.Data.ToArray());
        Assert.Equal([4, 6, 4, 6, 9, 6, 4, 6, 4], zero.Data.ToArray());
    }

    [Fact]
    public void Layers_apply_their_bias_and_activation()
    {
        using var scope = new TensorScope(Device);
        using var graph = new Graph(Device);
        using var weight = new Parameter(Device, new Shape(2, 2, 1, 1));
        using var bias = new Parameter(Device, new Shape(1, 2, 1, 1));
        Device.Upload([1, 2, 3, 4], weight.Data);
        Device.Upload([-20, 1], bias.Data);
        Variable x = graph.Constant(scope.Add(Device.Allocate(new Shape(1, 2, 1, 1), [5, 6])));

        Assert.Equal([0, 40], new Conv2d(weight, bias, activation: Activation.Relu).Forward(x).Data.ToArray());
        Assert.Equal([-3, 40], new Conv2d(weight, bias).Forward(x).Data.ToArray());
        Assert.Equal([3, 35], new ConvTranspose2d(weight, bias, activation: Activation.Relu).Forward(x).Data.ToArray());
    }

    [Fact]
    public void A_shared_parameter_comes_once_under_its_first_name()
    {
        using var network = new TiedNetwork(Device);

        Assert.Equal(["expand.weight", "expand.bias"], network.NamedParameters().Select(entry => entry.Name));
        Assert.Same(network.Weight, network.NamedParameters()[0].Parameter);
        Assert.Equal(8 * 9 + 8, network.ParameterCount);
    }

    [Fact]
    public void Names_of_nested_modules_are_joined_by_dots()
    {
        using var network = new Nest(Device);

        Assert.Equal(
            ["gain", "first.expand.weight", "first.expand.bias", "second.expand.weight", "second.expand.bias"],
            network.NamedParameters().Select(entry => entry.Name));
    }

    [Fact]
    public void Initial_weights_keep_the_size_of_what_passes_through()
    {
        using var scope = new TensorScope(Device);
        using var graph = new Graph(Device);
        using var convolution = new Conv2d(Device, 48, 64, kernelSize: 4, padding: Padding.SameCircular);
        using var transposed = new ConvTranspose2d(
            Device, 64, 48, kernelSize: 4, stride: 2, Padding.SameCircular, Activation.Relu);
        HeNormal.Initialize(convolution, seed: 5);
        HeNormal.Initialize(transposed, seed: 5);
        Variable x = graph.Constant(Noise(scope, new Shape(2, 48, 16, 16)));
        Variable features = convolution.Forward(x);

        // The sampling error is below 5 %; a wrong number of terms or a missing factor 2 changes the result by 40 % or
        // more.
        Assert.Equal(1, MeanSquare(features), 0.1);
        Assert.Equal(1, MeanSquare(transposed.Forward(graph.Constant(Noise(scope, features.Shape)))), 0.1);
    }

    /// <summary>Catches an initialization that counts products which lie outside of a small input.</summary>
    [Theory]
    [InlineData(1, 3)]
    [InlineData(3, 5)]
    public void Initial_weights_fit_a_small_input_without_padding(int side, int kernel)
    {
        using var scope = new TensorScope(Device);
        using var graph = new Graph(Device);
        using var layer = new ConvTranspose2d(
            Device, 128, 128, kernel, stride: 1, Padding.Valid, Activation.Relu, inputSide: side);
        HeNormal.Initialize(layer, seed: 5);
        Variable x = graph.Constant(Noise(scope, new Shape(64, 128, side, side)));

        // As above; a large input would give a ninth or a quarter here.
        Assert.Equal(1, MeanSquare(layer.Forward(x)), 0.15);
    }

    [Fact]
    public void Initial_weights_depend_on_the_seed_and_differ_from_layer_to_layer()
    {
        Assert.Equal(InitialWeights(seed: 5), InitialWeights(seed: 5));
        Assert.NotEqual(InitialWeights(seed: 5), InitialWeights(seed: 6));
        float[][] layers = InitialWeights(seed: 5);
        Assert.NotEqual(layers[0], layers[2]);
        Assert.All(layers[1], value => Assert.Equal(0, value));
    }

    private static double MeanSquare(Variable x) => x.Data.ToArray().Average(value => (double)value * value);

    /// <summary>Weight and bias of two equal layers, with biases other than 0.</summary>
    private float[][] InitialWeights(ulong seed)
    {
        using var network = new TwoConvolutions(Device);
        foreach ((string _, Parameter parameter) in network.NamedParameters())
        {
            Device.Fill(3, parameter.Data);
        }

        HeNormal.Initialize(network, seed);
        return [.. network.NamedParameters().Select(entry => entry.Parameter.Data.ToArray())];
    }

    private Shape OutputShape(Layer layer, Shape input)
    {
        using (layer)
        {
            using var graph = new Graph(Device);
            using Tensor x = Device.AllocateZeros(input);
            return layer.Forward(graph.Constant(x)).Shape;
        }
    }

    private sealed class Nest : Layer
    {
        private readonly TiedNetwork _first;
        private readonly TiedNetwork _second;

        public Nest(Device device)
        {
            _first = Register("first", new TiedNetwork(device));
            _second = Register("second", new TiedNetwork(device));
            Register("gain", new Parameter(device, Shape.Scalar));
        }

        public override Variable Forward(Variable x) => _second.Forward(_first.Forward(x));
    }

    private sealed class TwoConvolutions : Layer
    {
        public TwoConvolutions(Device device)
        {
            Register("first", new Conv2d(device, 3, 3, kernelSize: 3));
            Register("second", new Conv2d(device, 3, 3, kernelSize: 3));
        }

        public override Variable Forward(Variable x) => x;
    }
}
