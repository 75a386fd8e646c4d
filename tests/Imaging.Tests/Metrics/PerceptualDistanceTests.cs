using InfAdmm.Engine;
using InfAdmm.Imaging.Metrics;
using InfAdmm.Nn.Features;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

/// <summary>The distance of features.</summary>
public sealed class PerceptualDistanceTests
{
    /// <summary>
    /// Catches features that are not normalized at each place, a mean over the wrong axis or of some layers only, exchanged
    /// images or channels, and margins that are not mirrored: PyTorch computed the same in double precision
    /// (tests/Fixtures/README.md).
    /// </summary>
    [Fact]
    public void The_distance_is_that_of_PyTorch() => Fixture.OnDevice(device =>
    {
        using var network = FeatureNetworks.AlexNet(device, WavyWeights.Of("alexnet"), "alexnet");
        var distance = new PerceptualDistance(network);
        var shape = new Shape(1, 3, 50, 71);
        float[] image = Picture(0.37, 0.1, shape);
        float[] truth = Picture(0.41, 0, shape);

        Assert.Equal("alexnet, layers 3, 4, 5", distance.Name);
        Assert.Equal(0.26175572337740644, distance.Of(image, truth, shape), 1e-5);
        Assert.Equal(1.2126741267107626, new PerceptualDistance(network, [1]).Of(image, truth, shape), 1e-5);
        Shape grey = shape with { C = 1 };
        Assert.Equal(0.07114017889170944, distance.Of(image.AsSpan(0, (int)grey.Count), truth.AsSpan(0, (int)grey.Count), grey), 1e-5);
        Assert.Equal(0, distance.Of(truth, truth, shape), 1e-6);
        Assert.Contains("1 to 5", Assert.Throws<InputException>(() => new PerceptualDistance(network, [6])).Message);
        Assert.Throws<ShapeException>(() => distance.Of(image, truth, shape with { N = 2 }));
    });

    private static float[] Picture(double rate, double phase, Shape shape) =>
        [.. Enumerable.Range(0, (int)shape.Count).Select(i => (float)(0.5 + 0.4 * Math.Sin(rate * i + phase)))];
}
