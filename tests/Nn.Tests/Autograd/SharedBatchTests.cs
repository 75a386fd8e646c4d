using InfAdmm.Engine;
using InfAdmm.Kernels.Cpu;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Features;
using InfAdmm.Nn.Layers;
using InfAdmm.Nn.Onnx;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Nn.Tests;

/// <summary>What images of a batch share, computed by several processes, is what one process computes.</summary>
public sealed class SharedBatchTests : DeviceTest
{
    /// <summary>
    /// Catches statistics of a part of the batch, in either direction, a wrong count of the sample variance, and a gate of the
    /// activation that is forgotten. The channels have means far from 0.
    /// </summary>
    [Theory]
    [InlineData(Activation.None, 2)]
    [InlineData(Activation.Relu, 2)]
    [InlineData(Activation.Relu, 6)]
    public void Batch_normalization_has_the_statistics_of_all_images(Activation activation, int processes)
    {
        var batch = new Shape(6, 3, 5, 7);
        float[] x = Values(0, 2);
        float[] target = Values(1, 0);
        (float[] Gradient, float[][] State) whole = ThreadGroup.Run(1, Train)[0];
        (float[] Gradient, float[][] State)[] parts = ThreadGroup.Run(processes, Train);

        // The loss of a part is a mean over fewer images.
        float[] gradient = [.. parts.SelectMany(part => part.Gradient).Select(value => value / processes)];
        AssertClose(whole.Gradient, gradient, 1e-5);
        for (int i = 0; i < whole.State.Length; i++)
        {
            float[] mean = [.. Enumerable.Range(0, 3).Select(c => parts.Average(part => part.State[i][c]))];
            AssertClose(whole.State[i], mean, 1e-5);
        }

        (float[], float[][]) Train(ThreadGroup group)
        {
            using var device = CpuDevice.Create(threads: 1);
            using var layer = new BatchNorm2d(device, channels: 3, activation);
            IReadOnlyList<(string Name, Parameter Parameter)> parameters = layer.NamedParameters();
            device.Upload([1, -2, 0.5f], parameters[0].Parameter.Data);
            device.Upload([0.3f, 0.1f, -0.2f], parameters[1].Parameter.Data);
            Shape part = batch with { N = batch.N / group.Size };
            using var scope = new TensorScope(device);
            int first = group.Rank * (int)part.Count;
            Tensor own = scope.Add(device.Allocate(part, x.AsSpan(first, (int)part.Count)));
            Tensor ownTarget = scope.Add(device.Allocate(part, target.AsSpan(first, (int)part.Count)));
            using var graph = new Graph(device, group);
            Variable input = graph.Input(own);
            graph.Backward(Functional.MeanSquaredError(layer.Forward(input), graph.Constant(ownTarget)));
            return (input.Gradient!.ToArray(),
            [
                .. parameters.Select(entry => entry.Parameter.Gradient!.ToArray()),
                .. layer.NamedBuffers().Select(entry => entry.Buffer.ToArray()),
            ]);
        }

        float[] Values(ulong stream, float offset)
        {
            using Tensor noise = Device.Allocate(batch);
            Device.FillNormal(seed: 3, stream, noise);
            return Array.ConvertAll(noise.ToArray(), value => value + offset);
        }
    }

    /// <summary>Catches features that are weighed by those of a part of the batch.</summary>
    [Fact]
    public void Features_are_weighed_by_those_of_all_images()
    {
        var batch = new Shape(4, 3, 6, 6);
        var file = new OnnxGraph();
        string x = file.AddInput("x", 1, 3, "h", "w");
        string kernel = file.AddConstant([1, 0.5f, -0.2f, -1, 0.3f, 0.7f], 2, 3, 1, 1);
        file.AddOutput("y", file.AddNode("Relu", [file.AddNode("Conv", [x, kernel])]), 1, 2, "h", "w");
        byte[] model = file.ToModel();

        double whole = ThreadGroup.Run(1, Distance)[0];
        Assert.Equal(whole, ThreadGroup.Run(2, Distance).Average(), 1e-5 * whole);

        double Distance(ThreadGroup group)
        {
            using var device = CpuDevice.Create(threads: 1);
            using var network = FeatureNetworks.FromOnnx(
                device, OnnxFile.Parse(model, "test"), "test", new ImageNormalization([0, 1, 2], [1, 1, 1], [0, 0, 0]));
            Shape part = batch with { N = batch.N / group.Size };
            using var scope = new TensorScope(device);
            Tensor image = scope.Allocate(part);
            Tensor target = scope.Allocate(part);
            device.FillNormal(seed: 5, stream: 0, group.Rank * part.Count, image);
            device.FillNormal(seed: 5, stream: 1, group.Rank * part.Count, target);
            device.Scale(1 + group.Rank, target, target);
            if (group.Size == 1)
            {
                Tensor second = target.Slice(part.Count / 2, part with { N = 2 });
                device.Scale(2, second, second);
            }

            using var graph = new Graph(device, group);
            return network.Distance(graph.Constant(image), graph.Constant(target), 1).Data.ToScalar();
        }
    }

    /// <summary>Catches a parameter that is reported before the last term of its gradient, or never, and one twice.</summary>
    [Fact]
    public void Gradients_are_reported_when_they_are_complete()
    {
        using var scope = new TensorScope(Device);
        using var layer = new Conv2d(Device, 1, 1, kernelSize: 3);
        using var last = new Conv2d(Device, 1, 1, kernelSize: 3);
        Tensor x = Noise(scope, new Shape(1, 1, 8, 8));
        Parameter[] all = [.. last.NamedParameters().Concat(layer.NamedParameters()).Select(entry => entry.Parameter)];
        Array.ForEach(all, parameter => Device.FillNormal(seed: 2, (ulong)parameter.Shape.Count, parameter.Data));
        var reported = new List<(Parameter Parameter, float[] Gradient)>();
        using var graph = new Graph(Device);
        Variable y = last.Forward(layer.Forward(layer.Forward(graph.Constant(x))));
        graph.Backward(
            Functional.MeanSquaredError(y, graph.Constant(x)), parameter => reported.Add((parameter, parameter.Gradient!.ToArray())));

        Assert.Equal(all.ToHashSet(), reported.Select(entry => entry.Parameter).ToHashSet());
        Assert.Equal(all.Length, reported.Count);
        Assert.All(reported, entry => Assert.Equal(entry.Parameter.Gradient!.ToArray(), entry.Gradient));
        Assert.All(reported.Take(2), entry => Assert.Contains(entry.Parameter, last.NamedParameters().Select(own => own.Parameter)));
    }

    private static void AssertClose(float[] expected, float[] actual, double tolerance)
    {
        double error = Norm([.. expected.Zip(actual, (a, b) => a - b)]);
        Assert.True(error <= tolerance * Norm(expected), $"{error} of {Norm(expected)}");
    }
}
