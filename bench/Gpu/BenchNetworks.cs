using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Imaging.Priors;
using InfAdmm.Kernels.Cpu;
using InfAdmm.Nn.Layers;
using InfAdmm.Nn.Networks;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Laplace;

namespace InfAdmm.Bench.Gpu;

/// <summary>The networks of the paper, for benchmarks.</summary>
internal static class BenchNetworks
{
    private const int Seed = 1709;

    /// <summary>The network of Table 1 with random weights.</summary>
    public static NetworkNode Mnist(int batch)
    {
        using var host = CpuDevice.Create(threads: 1);
        using var network = new MnistAutoEncoder(host);
        HeNormal.Initialize(network, Seed);
        return network.Trace(NetworkNode.Input(new Shape(batch, 1, 28, 28)));
    }

    /// <summary>The network of Table 2 with random weights.</summary>
    public static NetworkNode AutoEncoder(int batch, int size)
    {
        using var host = CpuDevice.Create(threads: 1);
        using var network = new PixelShuffleAutoEncoder(host, factor: 4, channels: 3, conditionChannels: 3);
        HeNormal.Initialize(network, Seed);
        var image = new Shape(batch, 3, size, size);
        return network.Trace(NetworkNode.Input(image), NetworkNode.Input(image.Downsampled(4), index: 1));
    }

    /// <summary>The built-in inverse of the sparse preset, Table 4.</summary>
    public static NetworkNode Inverse(int size)
    {
        LaplaceSettings sparse = LaplaceSettings.Sparse;
        var problem = new InverseProblem(sparse.Kernel, sparse.Stride, sparse.Rho);
        InverseWeights weights = ShippedWeights.Inverses().Networks.First(
            w => w.Architecture == InverseArchitecture.Paper && w.Problem.IsSameAs(problem));
        using var host = CpuDevice.Create(threads: 1);
        using InverseNetwork network = weights.ToNetwork(host);
        return network.Trace(NetworkNode.Input(new Shape(1, 1, size, size)));
    }
}
