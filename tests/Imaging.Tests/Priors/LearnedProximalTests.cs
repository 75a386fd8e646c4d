using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Nn.Autograd;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

/// <summary>The learned prior as an x-update: images of any size, other step counts, another ρ.</summary>
public sealed class LearnedProximalTests
{
    [Theory]
    [InlineData(PriorArchitecture.Default, 2)]
    [InlineData(PriorArchitecture.Paper, 4)]
    public void An_image_of_any_size_is_extended_by_its_edge(PriorArchitecture architecture, int factor) =>
        Fixture.OnDevice(device => CheckExtension(device, architecture, factor));

    [Fact]
    public void Training_starts_from_weights_with_more_or_fewer_steps() => Fixture.OnDevice(device =>
    {
        ImageTask task = ImageTasks.SuperResolution;
        PriorWeights weights = Weights(device, task, PriorArchitecture.Default).WithRho([0.5, 0.25]);
        using PriorNetwork source = weights.ToNetwork(device);
        using var network = new PriorNetwork(device, task, 3, PriorArchitecture.Default, steps: 3);

        weights.CopyTo(network);

        Assert.Equal([0.5, 0.25, 0.25], Enumerable.Range(0, 3).Select(Rho), (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Equal(Head(source), Head(network));
        using var other = new PriorNetwork(device, task, 3, PriorArchitecture.Paper, steps: 2);
        Assert.Throws<InputException>(() => weights.CopyTo(other));

        double Rho(int step) => Math.Exp(network.LogRho(step).Data.ToScalar());
        static float[] Head(PriorNetwork network) =>
            network.NamedParameters().Single(entry => entry.Name == "network.head.weight").Parameter.Data.ToArray();
    });

    private static void CheckExtension(Device device, PriorArchitecture architecture, int factor)
    {
        ImageTask task = ImageTasks.Deblurring;
        var image = new Shape(1, 3, 27, 29);
        var extended = new Shape(1, 3, 28, (29 + factor - 1) / factor * factor);
        PriorWeights weights = Weights(device, task, architecture);
        using var scope = new TensorScope(device);
        Tensor v = scope.Add(device.Allocate(image, Fixture.Normal((int)image.Count, seed: 1)));
        Tensor y = scope.Add(device.Allocate(image, Fixture.Normal((int)image.Count, seed: 2)));
        Tensor largerV = scope.Allocate(extended);
        Tensor largerY = scope.Allocate(extended);
        Tensor x = scope.Allocate(image);
        Tensor level = scope.Add(device.Allocate(Shape.Scalar, [0.5f]));
        device.Window(v, 0, 0, largerV);
        device.Window(y, 0, 0, largerY);

        using var prior = new LearnedProximal(device, weights, y, image);
        prior.Apply(v, level, x);

        using PriorNetwork network = weights.ToNetwork(device);
        using var graph = new Graph(device);
        Tensor map = scope.Allocate(network.Prior.LevelShape(extended));
        device.Fill(0.5f, map);
        Variable result = network.Prior.Forward(graph.Constant(largerV), graph.Constant(largerY), graph.Constant(map));
        Tensor expected = scope.Allocate(image);
        device.Window(result.Data, 0, 0, expected);
        Assert.InRange(Fixture.RelativeError(x, Array.ConvertAll(expected.ToArray(), value => (double)value)), 0, 1e-4);
    }

    private static PriorWeights Weights(Device device, ImageTask task, PriorArchitecture architecture)
    {
        using var network = new PriorNetwork(device, task, 3, architecture, steps: 2);
        network.Initialize(seed: 3);
        var options = new PriorTrainingOptions(task, architecture, new Shape(1, 3, 16, 16));
        return PriorWeights.FromNetwork(options, network, steps: 1, trainingSeconds: 0);
    }
}
