using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Networks;

namespace InfAdmm.Nn.Tests;

/// <summary>This library's own prior, and the functions that training through ADMM needs.</summary>
public sealed class ResidualPriorTests : GradientTest
{
    // Table 2: 16·(48·128 + 128·64 + 64·32 + 35·64 + 64·128 + 128·48) weights, one product each per packed pixel.
    private const int WeightsOfTable2 = 527_360;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_linear_map_differentiates_by_its_adjoint(int stride)
    {
        using var scope = new TensorScope(Device);
        Tensor kernel = Noise(scope, Shape.Matrix(3, 5));
        var image = new Shape(2, 3, 6, 8);

        Check(
            x => Functional.Linear(
                x[0], image.Downsampled(stride), (a, b) => Device.Blur(a, kernel, stride, 1, null, b),
                (b, a) => Device.BlurAdjoint(b, kernel, stride, 1, null, a)),
            image);
    }

    [Fact]
    public void A_resolvent_differentiates_in_its_argument_and_in_the_logarithm_of_rho()
    {
        using var scope = new TensorScope(Device);
        var shape = new Shape(2, 1, 4, 6);
        Tensor spectrum = scope.Allocate(shape.Spectrum);
        Tensor gain = scope.Allocate(new Shape(1, 1, 4, 4));

        Check(
            x => Functional.Resolvent(x[0], x[1], (rho, e, w) =>
            {
                Device.Upload([.. Enumerable.Range(0, gain.Count).Select(i => 1 / (rho + 0.1f * i))], gain);
                Device.RealFft2(e, spectrum);
                Device.ScaleSpectrum(spectrum, gain, spectrum);
                Device.InverseRealFft2(spectrum, w);
            }),
            shape, Shape.Scalar);
    }

    [Fact]
    public void A_resolvent_takes_one_rho()
    {
        using var scope = new TensorScope(Device);
        using var graph = new Graph(Device);
        Variable x = graph.Constant(Noise(scope, Shape.Vector(2)));

        Assert.Throws<ShapeException>(() => Functional.Resolvent(x, x, (_, e, w) => Device.Copy(e, w)));
    }

    [Theory]
    [InlineData(4, 3, 4, 3, 3)]
    [InlineData(4, 3, 1, 3, 48)]
    [InlineData(2, 3, 2, 1, 1)]
    [InlineData(4, 1, 4, 1, 1)]
    public void The_plan_is_the_module(
        int factor, int channels, int stride, int measured, int condition)
    {
        using var network = new ResidualPrior(Device, factor, channels, condition, width: 32, depth: 2);
        network.Initialize(seed: 3);
        using var scope = new TensorScope(Device);
        var image = new Shape(2, channels, 24, 40);
        Tensor[] inputs =
        [
            Noise(scope, image),
            Noise(scope, image.Downsampled(stride) with { C = measured }),
            Noise(scope, network.LevelShape(image)),
        ];
        using var graph = new Graph(Device);
        Variable[] operands = [.. inputs.Select(graph.Constant)];
        Tensor expected = network.Forward(operands[0], operands[1], operands[2]).Data;
        NetworkNode[] nodes = [.. inputs.Select((input, i) => NetworkNode.Input(input.Shape, i))];
        using InferencePlan plan = Device.Compile(network.Trace(nodes[0], nodes[1], nodes[2]));
        Tensor actual = scope.Allocate(plan.OutputShape);
        plan.Run(inputs, actual);

        // The correction is small compared with v: errors in it must not be hidden by v.
        Device.Combine(1, expected, -1, inputs[0], inputs[0]);
        double size = Norm(inputs[0].ToArray());
        Device.Combine(1, expected, -1, actual, actual);
        Assert.Equal(image, expected.Shape);
        Assert.True(Norm(actual.ToArray()) <= 1e-4 * size, "the plan is another function");
        Assert.DoesNotContain("op by op", plan.Description);
    }

    [Fact]
    public void It_begins_near_the_identity_and_depends_on_all_operands()
    {
        using var network = new ResidualPrior(Device, factor: 4, channels: 3, conditionChannels: 3);
        network.Initialize(seed: 5);
        using var scope = new TensorScope(Device);
        var image = new Shape(1, 3, 32, 32);
        using var graph = new Graph(Device);
        Variable v = graph.Input(Noise(scope, image));
        Variable y = graph.Input(Noise(scope, image.Downsampled(4)));
        Variable level = graph.Input(Noise(scope, network.LevelShape(image)));

        Variable x = network.Forward(v, y, level);
        graph.Backward(Functional.MeanSquaredError(x, graph.Constant(Noise(scope, image))));

        double change = Norm([.. x.Data.ToArray().Zip(v.Data.ToArray(), (a, b) => a - b)]);
        Assert.InRange(change / Norm(v.Data.ToArray()), 1e-4, 0.3);
        Assert.All(
            (Variable[])[v, y, level], input => Assert.Contains(input.Gradient!.ToArray(), value => value != 0));
    }

    [Fact]
    public void It_costs_no_more_than_the_network_of_Table_2()
    {
        using var network = new ResidualPrior(Device, factor: 4, channels: 3, conditionChannels: 3);

        Assert.Equal(9 * ((48 + 3 + 1) * 64 + 12 * 64 * 64 + 64 * 48) + 13 * 64 + 48, network.ParameterCount);
        Assert.InRange(network.ParameterCount, 1, WeightsOfTable2);
    }

    [Fact]
    public void Inputs_that_do_not_fit_it_are_refused()
    {
        using var network = new ResidualPrior(Device, factor: 4, channels: 3, conditionChannels: 3, width: 8, depth: 0);
        InputNode v = NetworkNode.Input(new Shape(1, 3, 8, 8));
        InputNode y = NetworkNode.Input(new Shape(1, 3, 2, 2), 1);
        InputNode level = NetworkNode.Input(new Shape(1, 1, 2, 2), 2);

        Assert.Equal(v.Shape, network.Trace(v, y, level).Shape);
        Assert.Throws<ShapeException>(() => network.Trace(y, y, level));
        Assert.Throws<ShapeException>(() => network.Trace(v, v, level));
        Assert.Throws<ShapeException>(() => network.Trace(v, level, level));
        Assert.Throws<ShapeException>(() => network.Trace(v, y, y));
        Assert.Throws<ShapeException>(() => network.Trace(NetworkNode.Input(new Shape(1, 3, 9, 8)), y, level));
    }
}
