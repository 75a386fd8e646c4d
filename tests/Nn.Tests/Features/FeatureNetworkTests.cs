using System.Reflection;
using System.Text;
using InfAdmm.Engine;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Features;
using InfAdmm.Nn.Onnx;
using InfAdmm.Nn.Weights;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Nn.Tests;

/// <summary>Feature networks against ONNX Runtime, PyTorch and differences.</summary>
public sealed class FeatureNetworkTests : DeviceTest
{
    private static readonly ImageNormalization Raw = new([0, 1, 2], [1, 1, 1], [0, 0, 0]);

    /// <summary>The ResNet-18 of Microsoft.ML.DnnImageFeaturizer, trained on ImageNet.</summary>
    private static string ResNetFile => typeof(FeatureNetworkTests).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "ResNet18").Value!;

    /// <summary>
    /// Catches normalization that is folded wrongly, padding on the wrong side, a sum of the wrong values, and an operation
    /// that is left out: every feature is compared.
    /// </summary>
    [Fact]
    public void Every_feature_of_ResNet18_is_that_of_ONNX_Runtime()
    {
        byte[] model = File.ReadAllBytes(ResNetFile);
        var file = OnnxFile.Parse(model, "resnet");
        string[] names = [.. file.Operations.Where(operation => operation.Op == "Relu").Select(operation => operation.Output)];
        using var network = FeatureNetworks.FromOnnx(Device, file, "resnet18", Raw);
        Assert.Equal(names.Length, network.FeatureCount);

        using var scope = new TensorScope(Device);
        using var graph = new Graph(Device);
        var shape = new Shape(1, 3, 224, 224);
        Tensor image = Noise(scope, shape);
        Device.Scale(60, image, image);
        IReadOnlyList<Variable> features = network.Forward(
            graph.Constant(image), [.. Enumerable.Range(1, names.Length)]);

        using var session = new OnnxSession([.. model, .. Outputs(names)]);
        Dictionary<string, float[]> expected = session.Run((session.Inputs.Single(), shape, image.ToArray()));
        for (int i = 0; i < names.Length; i++)
        {
            float[] theirs = expected[names[i]];
            float largest = theirs.Max();
            float error = features[i].Data.ToArray().Zip(theirs, (a, b) => Math.Abs(a - b)).Max();
            Assert.True(largest > 0 && error <= 1e-4 * largest, $"feature {i + 1}: {error} of {largest}");
        }
    }

    /// <summary>Catches a network without features that fails only where they are asked for.</summary>
    [Fact]
    public void A_file_without_features_is_refused()
    {
        var graph = new OnnxGraph();
        string x = graph.AddInput("x", 1, 3, "h", "w");
        string kernel = graph.AddConstant(new float[3], 1, 3, 1, 1);
        graph.AddOutput("y", graph.AddNode("Conv", [x, kernel]), 1, 1, "h", "w");
        var file = OnnxFile.Parse(graph.ToModel(), "linear.onnx");
        var failure = Assert.Throws<InputException>(() => FeatureNetworks.FromOnnx(Device, file, "linear", Raw));
        Assert.StartsWith("linear.onnx: the network has no ReLU", failure.Message);
    }

    /// <summary>Catches sizes at which the network fails within its layers, and a size that is refused though it works.</summary>
    [Fact]
    public void Sizes_that_do_not_fit_are_named()
    {
        using var network = FeatureNetworks.FromOnnx(Device, OnnxFile.Load(ResNetFile), "resnet18", Raw);
        Assert.Null(network.WhyNot(new Shape(1, 3, 64, 96), 17));
        Assert.Null(network.WhyNot(new Shape(2, 3, 40, 72), 1, 3, 5));
        Assert.Contains("72x40", network.WhyNot(new Shape(2, 3, 40, 72), 1, 17));
        Assert.Contains("multiples of 32", network.WhyNot(new Shape(1, 3, 48, 64), 17));
        using var vgg = FeatureNetworks.Vgg16(Device, WavyWeights.Of("vgg16"), "vgg16");
        Assert.Contains("larger than 8x8", vgg.WhyNot(new Shape(1, 3, 8, 8), 13));
    }

    /// <summary>
    /// Catches wrong strides, padding, pooling or widths: weights and pictures are given by formulas, which PyTorch evaluated
    /// as well (tests/Fixtures/README.md).
    /// </summary>
    [Theory]
    [InlineData("alexnet", 67, 5)]
    [InlineData("vgg16", 36, 13)]
    public void The_stacks_have_the_layers_of_torchvision(string name, int side, int relus)
    {
        WeightSet weights = WavyWeights.Of(name);
        using FeatureNetwork network = name == "alexnet"
            ? FeatureNetworks.AlexNet(Device, weights, name)
            : FeatureNetworks.Vgg16(Device, weights, name);
        Assert.Equal(relus, network.FeatureCount);
        using var scope = new TensorScope(Device);
        using var graph = new Graph(Device);
        var shape = new Shape(1, 3, side, side);
        float[] pixels = [.. Enumerable.Range(0, (int)shape.Count).Select(i => (float)(0.5 + 0.5 * Math.Sin(0.37 * i)))];
        Variable image = graph.Constant(scope.Add(Device.Allocate(shape, pixels)));
        IReadOnlyList<Variable> features = network.Forward(image, [.. Enumerable.Range(1, relus)]);
        string[] lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Fixtures", $"features_{name}.csv"));
        Assert.Equal(relus, lines.Length);
        for (int i = 0; i < relus; i++)
        {
            double[] expected = [.. lines[i].Split(',').Select(text => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture))];
            float[] values = features[i].Data.ToArray();
            Shape actual = features[i].Shape;
            Assert.Equal([expected[0], expected[1], expected[2]], [actual.C, actual.H, actual.W]);
            Assert.Equal(expected[3], values.Average(value => (double)value), 1e-4 * expected[3]);
            Assert.Equal(expected[4], Math.Sqrt(values.Sum(value => (double)value * value)), 1e-4 * expected[4]);
            Assert.Equal(expected[5], values[^1], 1e-3 * values.Max());
        }

        InputException missing = Assert.Throws<InputException>(
            () => FeatureNetworks.AlexNet(Device, weights.Without("features.3.bias"), "f.pth"));
        Assert.Contains(name == "alexnet" ? "features.3.bias" : "features.0.weight", missing.Message);
    }

    /// <summary>Catches a gradient that stops at a pooling or a sum, and a distance with wrong weights of layers.</summary>
    [Fact]
    public void The_distance_differentiates_in_the_image()
    {
        using var network = FeatureNetworks.FromOnnx(Device, OnnxFile.Load(ResNetFile), "resnet18", ImageNormalization.Cntk);
        using var scope = new TensorScope(Device);
        var shape = new Shape(2, 3, 32, 40);
        Tensor x = Picture();
        Tensor target = Picture();
        Tensor direction = Noise(scope, shape);
        using var graph = new Graph(Device);
        Variable variable = graph.Input(x);
        graph.Backward(network.Distance(variable, graph.Constant(target), 1, 4, 9));
        float[] gradient = variable.Gradient!.ToArray();
        double size = Math.Sqrt(Dot(gradient, gradient));
        AssertSlope();
        Device.Upload(Array.ConvertAll(gradient, value => (float)(value / size)), direction);
        AssertSlope();
        Assert.Equal(0, DistanceOf(target), 1e-9);

        void AssertSlope() => Assert.Equal(
            (Distance(3e-4f) - Distance(-3e-4f)) / 6e-4, Dot(gradient, direction.ToArray()), 0.02 * size);

        Tensor Picture()
        {
            Tensor picture = Noise(scope, shape);
            Device.Sigmoid(picture, picture);
            return picture;
        }

        double Distance(float step)
        {
            using Tensor moved = Device.Allocate(shape);
            Device.Combine(1, x, step, direction, moved);
            return DistanceOf(moved);
        }

        double DistanceOf(Tensor image)
        {
            using var other = new Graph(Device);
            return network.Distance(other.Constant(image), other.Constant(target), 1, 4, 9).Data.ToScalar();
        }
    }

    /// <summary>A model that has more outputs: parts of a message that are written twice are merged.</summary>
    private static byte[] Outputs(string[] names)
    {
        byte[] graph = [.. names.SelectMany(name => Field(12, [.. Field(1, Encoding.UTF8.GetBytes(name)), .. Field(2, Field(1, [0x08, 1]))]))];
        return Field(7, graph);

        static byte[] Field(int number, byte[] contents)
        {
            var length = new List<byte>();
            for (int rest = contents.Length; ; rest >>= 7)
            {
                length.Add((byte)(rest < 128 ? rest : rest & 127 | 128));
                if (rest < 128)
                {
                    return [(byte)(number << 3 | 2), .. length, .. contents];
                }
            }
        }
    }
}
