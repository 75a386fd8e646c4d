using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Layers;
using InfAdmm.Nn.Optimizers;
using InfAdmm.Nn.Weights;

namespace InfAdmm.Tests.Shared;

/// <summary>
/// A small network that one backend trains and writes to a weights file, and another backend reads and runs. The test
/// projects of all backends compile this file.
/// </summary>
internal static class NetworkExchange
{
    private const double Tolerance = 1e-4;
    private const int Steps = 4;

    private static readonly Shape Image = new(2, 1, 12, 16);

    /// <summary>
    /// Trains on one device, and asserts that every device reproduces the outputs of the trained network.
    /// </summary>
    public static void AssertCarriesOver(Device trainer, params Device[] others)
    {
        string file = Path.GetTempFileName();
        try
        {
            float[] expected;
            using (SmallAutoEncoder network = NewNetwork(trainer))
            using (var arena = new ParameterArena(trainer, network))
            {
                Train(trainer, network, arena);
                SafeTensorsFile.Save(file, ModuleWeights.Export(network, new Dictionary<string, string>()));
                expected = Outputs(trainer, network);
            }

            foreach (Device device in others)
            {
                using SmallAutoEncoder network = NewNetwork(device);
                float[] untrained = Outputs(device, network);
                ModuleWeights.Import(network, SafeTensorsFile.Load(file), file);
                Assert.True(Difference(expected, untrained) > 0.01, "training changed nothing");
                double difference = Difference(expected, Outputs(device, network));
                Assert.True(difference <= Tolerance, $"{trainer.Name} → {device.Name}: {difference:E2}");
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static SmallAutoEncoder NewNetwork(Device device)
    {
        var network = new SmallAutoEncoder(device);
        HeNormal.Initialize(network, seed: 3);
        return network;
    }

    private static void Train(Device device, SmallAutoEncoder network, ParameterArena arena)
    {
        using var adam = new Adam(arena, 1e-2f);
        using var scope = new TensorScope(device);
        Tensor noisy = Noise(scope, 1);
        Tensor target = Noise(scope, 2);
        network.Train();
        for (int i = 0; i < Steps; i++)
        {
            arena.ZeroGradients();
            using var graph = new Graph(device);
            Variable output = network.Forward(graph.Constant(noisy));
            graph.Backward(Functional.MeanSquaredError(output, graph.Constant(target)));
            adam.Step();
        }
    }

    private static float[] Outputs(Device device, SmallAutoEncoder network)
    {
        NetworkNode traced = network.Trace(NetworkNode.Input(Image));
        using var scope = new TensorScope(device);
        using InferencePlan plan = device.Compile(traced);
        Tensor output = scope.Allocate(plan.OutputShape);
        plan.Run(Noise(scope, 3), output);
        return output.ToArray();
    }

    private static Tensor Noise(TensorScope scope, ulong stream)
    {
        Tensor tensor = scope.Allocate(Image);
        scope.Device.FillNormal(seed: 9, stream, tensor);
        return tensor;
    }

    /// <summary>The largest difference relative to the largest magnitude; NaN if a value is NaN.</summary>
    private static double Difference(float[] expected, float[] actual)
    {
        double scale = expected.Max(value => Math.Abs((double)value));
        return expected.Zip(actual, (a, b) => Math.Abs((double)a - b)).Aggregate(0.0, Math.Max) / scale;
    }
}

/// <summary>Every kind of layer in the paper's networks, with few channels.</summary>
internal sealed class SmallAutoEncoder : Layer
{
    private readonly Layer[] _layers;

    public SmallAutoEncoder(Device device) =>
        _layers =
        [
            Register("encode", new Conv2d(device, 1, 6, kernelSize: 5, stride: 2)),
            Register("norm", new BatchNorm2d(device, 6, Activation.Relu)),
            Register("middle", new Conv2d(device, 6, 7, kernelSize: 4, stride: 1, activation: Activation.Relu)),
            Register("decode", new ConvTranspose2d(device, 7, 1, kernelSize: 5, stride: 2)),
        ];

    public override Variable Forward(Variable x) => _layers.Aggregate(x, (value, layer) => layer.Forward(value));

    public override NetworkNode Trace(NetworkNode x) => _layers.Aggregate(x, (value, layer) => layer.Trace(value));
}
