using InfAdmm.Engine;
using InfAdmm.Kernels.Cpu;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Layers;
using InfAdmm.Nn.Networks;
using InfAdmm.Nn.Optimizers;

namespace InfAdmm.Kernels.Cuda.Tests;

/// <summary>A short training run: the loss of every step equals that of the CPU backend.</summary>
public sealed class TrainingTests
{
    private const int Steps = 6;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Training_takes_the_steps_that_it_takes_on_the_cpu(bool libraries)
    {
        Gpu.Need();
        using CpuDevice cpu = CpuDevice.Create(threads: 1);
        using CudaDevice cuda = CudaDevice.Create(new CudaOptions { UseLibraries = libraries });
        float[] expected = Losses(cpu);
        float[] actual = Losses(cuda);
        Assert.True(expected[^1] < 0.9f * expected[0], $"the loss goes from {expected[0]} to {expected[^1]}");
        for (int i = 0; i < Steps; i++)
        {
            // Adam divides by the root of the squared gradient: if a gradient is near zero, rounding decides its sign.
            double tolerance = i == 0 ? 1e-5 : 1e-3;
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance * expected[i], $"step {i}: {actual[i]}");
        }

        Assert.Equal(0, cuda.LiveBuffers);
    }

    private static float[] Losses(Device device)
    {
        using var network = new PixelShuffleAutoEncoder(device, factor: 2, channels: 1, conditionChannels: 1);
        HeNormal.Initialize(network, seed: 3);
        using var arena = new ParameterArena(device, network);
        using var adam = new Adam(arena, 1e-3f);
        using var scope = new TensorScope(device);
        Tensor noisy = Noise(scope, new Shape(2, 1, 16, 16), 1);
        Tensor condition = Noise(scope, new Shape(2, 1, 8, 8), 2);
        Tensor target = Noise(scope, new Shape(2, 1, 16, 16), 3);
        network.Train();
        float[] losses = new float[Steps];
        for (int i = 0; i < Steps; i++)
        {
            arena.ZeroGradients();
            using var graph = new Graph(device);
            Variable output = network.Forward(graph.Constant(noisy), graph.Constant(condition));
            Variable loss = Functional.MeanSquaredError(output, graph.Constant(target));
            graph.Backward(loss);
            adam.Step();
            losses[i] = loss.Data.ToScalar();
        }

        return losses;
    }

    private static Tensor Noise(TensorScope scope, Shape shape, ulong stream)
    {
        Tensor tensor = scope.Allocate(shape);
        scope.Device.FillNormal(seed: 9, stream, tensor);
        return tensor;
    }
}
