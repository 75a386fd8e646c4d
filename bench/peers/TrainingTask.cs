using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Layers;
using InfAdmm.Nn.Networks;
using InfAdmm.Nn.Optimizers;

namespace InfAdmm.Bench.Peers;

/// <summary>
/// The training benchmark: Table 2's network learns to denoise one batch of four 128×128×3 images. A step is forward
/// with batch statistics, mean squared error, backward and Adam.
/// </summary>
internal sealed class TrainingTask : IDisposable
{
    public const int Batch = 4;
    public const int Size = 128;
    public const float LearningRate = 1e-3f;
    private const int Factor = 4;
    private const int Channels = 3;
    private const int Seed = 1709;

    private readonly TensorScope _scope;
    private readonly PixelShuffleAutoEncoder _network;
    private readonly ParameterArena _arena;
    private readonly Adam _adam;
    private readonly Tensor _x;
    private readonly Tensor _y;
    private readonly Tensor _target;

    public TrainingTask(Device device)
    {
        var image = new Shape(Batch, Channels, Size, Size);
        var random = new Random(Seed);
        _scope = new TensorScope(device);
        _target = Draw(image, random);
        _x = Draw(image, random);
        _y = Draw(image.Downsampled(Factor), random);
        _network = new PixelShuffleAutoEncoder(device, Factor, Channels, conditionChannels: Channels);
        HeNormal.Initialize(_network, Seed);
        _arena = new ParameterArena(device, _network);
        _arena.ZeroGradients();
        _adam = new Adam(_arena, LearningRate);
    }

    /// <summary>The current values of everything that a step depends on, by name.</summary>
    public IEnumerable<(string Name, float[] Values)> Values =>
    [
        ("parameters", _arena.Values.ToArray()),
        ("x", _x.ToArray()),
        ("y", _y.ToArray()),
        ("target", _target.ToArray()),
    ];

    /// <summary>
    /// The operations of direct convolution in a step: for each layer forward, and backward to its weights and to its
    /// input, except for the first layer, whose input is data.
    /// </summary>
    public double Operations
    {
        get
        {
            NetworkNode output = _network.Trace(NetworkNode.Input(_x.Shape), NetworkNode.Input(_y.Shape, index: 1));
            ConvolutionNode first = output.InOrder().OfType<ConvolutionNode>().First();
            return 3 * BenchmarkCase.OperationsOf(output) - BenchmarkCase.OperationsOf(first);
        }
    }

    /// <summary>Takes a step and returns the loss before the step.</summary>
    public float Step()
    {
        using var graph = new Graph(_scope.Device);
        Variable output = _network.Forward(graph.Constant(_x), graph.Constant(_y));
        Variable loss = Functional.MeanSquaredError(output, graph.Constant(_target));
        graph.Backward(loss);
        _adam.Step();
        return loss.Data.ToScalar();
    }

    public void Dispose()
    {
        _adam.Dispose();
        _arena.Dispose();
        _network.Dispose();
        _scope.Dispose();
    }

    private Tensor Draw(Shape shape, Random random) =>
        _scope.Add(_scope.Device.Allocate(shape, RandomValues.Pixels(random, shape.Count)));
}
