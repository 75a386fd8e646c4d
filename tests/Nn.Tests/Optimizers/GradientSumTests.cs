using InfAdmm.Engine;
using InfAdmm.Kernels.Cpu;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Layers;
using InfAdmm.Nn.Optimizers;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Nn.Tests;

/// <summary>The means of the gradients of several processes.</summary>
public sealed class GradientSumTests
{
    private const int Images = 12;

    /// <summary>
    /// Catches a bucket that is summed before it is complete, twice, or not at all, and parameters without a part in the loss.
    /// The buckets end inside of parameters.
    /// </summary>
    [Theory]
    [InlineData(2, 7)]
    [InlineData(3, 1000)]
    public void The_mean_is_that_of_one_process(int processes, int bucket)
    {
        float[] whole = ThreadGroup.Run(1, group => Train(group, bucket))[0];
        foreach (float[] mean in ThreadGroup.Run(processes, group => Train(group, bucket)))
        {
            double error = Math.Sqrt(whole.Zip(mean, (a, b) => (a - b) * (a - b)).Sum());
            Assert.True(error <= 1e-6 * Math.Sqrt(whole.Sum(value => value * value)), $"{error}");
        }
    }

    /// <summary>Catches sums that all start after the backward pass.</summary>
    [Fact]
    public void Sums_start_during_the_backward_pass() => ThreadGroup.Run(2, group =>
    {
        int during = 0;
        Train(group, bucket: 7, afterBackward: () => during = group.Sums);
        Assert.Equal(2, during);
        Assert.Equal(3, group.Sums);
        return 0;
    });

    /// <summary>Catches an order that depends on the number of processes.</summary>
    [Fact]
    public void A_fixed_order_has_the_same_bits_for_any_number_of_processes()
    {
        float[] whole = ThreadGroup.Run(1, TrainInOrder)[0];
        foreach (int processes in (int[])[2, 3, 4, 12])
        {
            Assert.All(ThreadGroup.Run(processes, TrainInOrder), mean => Assert.Equal(whole, mean));
        }
    }

    private static float[] Train(ThreadGroup group, int bucket, Action? afterBackward = null) => OnNetwork((device, arena, layers) =>
    {
        var sum = new GradientSum(arena, group, bucket);
        using Tensor x = Part(device, group.Rank * (Images / group.Size), Images / group.Size);
        using var graph = new Graph(device, group);
        graph.Backward(Loss(graph, layers, x), sum.Add);
        afterBackward?.Invoke();
        sum.Finish();
    });

    private static float[] TrainInOrder(ThreadGroup group) => OnNetwork((device, arena, layers) =>
    {
        int images = Images / group.Size;
        var sum = new OrderedGradientSum(arena, group, images, bucket: 7);
        for (int i = 0; i < images; i++)
        {
            using Tensor x = Part(device, group.Rank * images + i, 1);
            using var graph = new Graph(device, group);
            graph.Backward(Loss(graph, layers, x));
            sum.Add();
        }

        sum.Finish();
    });

    /// <summary>Two layers of 10 parameters, of which the second is applied twice, and one without a part in the loss.</summary>
    private static float[] OnNetwork(Action<Device, ParameterArena, Network> work)
    {
        using var device = CpuDevice.Create(threads: 1);
        using var layers = new Network(device);
        using var arena = new ParameterArena(device, layers);
        device.FillNormal(seed: 5, stream: 0, arena.Values);
        arena.ZeroGradients();
        work(device, arena, layers);
        return arena.Gradients.ToArray();
    }

    private static Variable Loss(Graph graph, Network layers, Tensor x)
    {
        Variable y = layers.Second.Forward(layers.Second.Forward(layers.First.Forward(graph.Constant(x))));
        return Functional.MeanSquaredError(y, graph.Constant(x));
    }

    private static Tensor Part(Device device, int first, int count)
    {
        var shape = new Shape(count, 1, 6, 5);
        Tensor x = device.Allocate(shape);
        device.FillNormal(seed: 9, stream: 1, first * (shape.Count / count), x);
        return x;
    }

    private sealed class Network : Module
    {
        public Network(Device device)
        {
            Unused = Register("unused", new Conv2d(device, 1, 1, kernelSize: 1, bias: false));
            First = Register("first", new Conv2d(device, 1, 1, kernelSize: 3));
            Second = Register("second", new Conv2d(device, 1, 1, kernelSize: 3));
        }

        public Conv2d Unused { get; }

        public Conv2d First { get; }

        public Conv2d Second { get; }
    }
}
