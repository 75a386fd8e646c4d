using InfAdmm.Engine;
using InfAdmm.Engine.Inference;

namespace InfAdmm.Bench.Gpu;

/// <summary>Times networks as replayed graphs, and writes their weights, inputs and outputs for the peer.</summary>
internal sealed class NetworkBench(Device device, BenchScale scale, string directory)
{
    private const int Sets = 3;
    private const int Seed = 1709;
    private readonly DeviceTiming _timing = new(device, scale);

    public IReadOnlyList<NetworkRow> Run() =>
    [
        Measure($"cpsdae_{scale.Network}_b1", BenchNetworks.AutoEncoder(batch: 1, scale.Network)),
        Measure($"cpsdae_{scale.Network}_b{scale.Batch}", BenchNetworks.AutoEncoder(scale.Batch, scale.Network)),
        Measure($"cphi_{scale.PeerSize / 4}", BenchNetworks.Inverse(scale.PeerSize / 4)),
    ];

    private NetworkRow Measure(string name, NetworkNode network)
    {
        using var scope = new TensorScope(device);
        using InferencePlan plan = device.Compile(network);
        var works = new Action[Sets];
        for (int set = 0; set < Sets; set++)
        {
            Tensor[] inputs = [.. plan.InputShapes.Select(scope.Allocate)];
            for (int i = 0; i < inputs.Length; i++)
            {
                device.FillNormal(Seed, (ulong)(Sets * i + set), inputs[i]);
            }

            Tensor output = scope.Allocate(plan.OutputShape);
            works[set] = () => plan.Run(inputs, output);
            if (set == 0)
            {
                works[set]();
                WritePeer(name, network, inputs, output);
            }
        }

        double seconds = _timing.InLoop(works);
        double cold = _timing.Cold(works);
        double operations = network.InOrder().OfType<ConvolutionNode>().Sum(Operations);
        return new NetworkRow(name, 1e6 * seconds, 1e6 * cold, 1e-12 * operations / seconds, plan.Description);
    }

    private void WritePeer(string name, NetworkNode network, Tensor[] inputs, Tensor output)
    {
        PeerFiles.WriteNetwork(directory, name, network);
        PeerFiles.Write(directory, $"{name}_output", output.ToArray());
        for (int i = 0; i < inputs.Length; i++)
        {
            PeerFiles.Write(directory, $"{name}_input{i}", inputs[i].ToArray());
        }
    }

    private static double Operations(ConvolutionNode node)
    {
        Shape grid = node.Transposed ? node.Source.Shape : node.Shape;
        return 2.0 * grid.N * grid.PlaneSize * node.Weights.Shape.Count;
    }
}

/// <summary>The result for one forward pass: in a loop over several sets of tensors, and with a cold cache.</summary>
internal sealed record NetworkRow(
    string Name, double Microseconds, double ColdMicroseconds, double Tflops, string Plan);
