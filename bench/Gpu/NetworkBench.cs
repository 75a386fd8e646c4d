using InfAdmm.Cli;
using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Kernels.Cpu;
using InfAdmm.Nn.Layers;
using InfAdmm.Nn.Networks;
using InfAdmm.Solvers.Learned;

namespace InfAdmm.Bench.Gpu;

/// <summary>Networks as replayed graphs; their weights, inputs and outputs go to the peer.</summary>
internal static class NetworkBench
{
    private const int Seed = 1709;

    public static IReadOnlyList<NetworkRow> Run(Device device, string directory) =>
    [
        Measure(device, directory, "cpsdae_256_b1", AutoEncoder(batch: 1, size: 256)),
        Measure(device, directory, "cpsdae_256_b8", AutoEncoder(batch: 8, size: 256)),
        Measure(device, directory, "cphi_128", Inverse(size: 128)),
    ];

    /// <summary>Table 2 with random weights.</summary>
    private static PixelShuffleNode AutoEncoder(int batch, int size)
    {
        using var host = CpuDevice.Create(threads: 1);
        using var network = new PixelShuffleAutoEncoder(host, factor: 4, channels: 3, conditionChannels: 3);
        HeNormal.Initialize(network, Seed);
        var image = new Shape(batch, 3, size, size);
        return (PixelShuffleNode)network.Trace(NetworkNode.Input(image), NetworkNode.Input(image.Downsampled(4), index: 1));
    }

    /// <summary>The shipped inverse of the sparse preset, Table 4.</summary>
    private static NetworkNode Inverse(int size)
    {
        InverseWeights weights = ShippedWeights.Inverses().First(
            w => w.Architecture == InverseArchitecture.Paper && w.Problem.Rho < 1e-2);
        using var host = CpuDevice.Create(threads: 1);
        using InverseNetwork network = weights.ToNetwork(host);
        return network.Trace(NetworkNode.Input(new Shape(1, 1, size, size)));
    }

    private static NetworkRow Measure(Device device, string directory, string name, NetworkNode network)
    {
        using var scope = new TensorScope(device);
        using InferencePlan plan = device.Compile(network);
        Tensor[] inputs = [.. plan.InputShapes.Select(scope.Allocate)];
        for (int i = 0; i < inputs.Length; i++)
        {
            device.FillNormal(Seed, (ulong)i, inputs[i]);
            PeerFiles.Write(directory, $"{name}_input{i}", inputs[i].ToArray());
        }

        Tensor output = scope.Allocate(plan.OutputShape);
        plan.Run(inputs, output);
        PeerFiles.WriteNetwork(directory, name, network);
        PeerFiles.Write(directory, $"{name}_output", output.ToArray());
        double seconds = DeviceTiming.InLoop(device, () => plan.Run(inputs, output));
        double operations = network.InOrder().OfType<ConvolutionNode>().Sum(Operations);
        return new NetworkRow(name, 1e6 * seconds, 1e-12 * operations / seconds, plan.Description);
    }

    private static double Operations(ConvolutionNode node)
    {
        Shape filter = node.Weights.Shape;
        Shape grid = node.Transposed ? node.Source.Shape : node.Shape;
        return 2.0 * grid.N * grid.PlaneSize * filter.Count;
    }
}

/// <summary>One forward pass.</summary>
internal sealed record NetworkRow(string Name, double Microseconds, double Tflops, string Plan);
