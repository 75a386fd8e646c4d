using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Solvers.Proximal;

namespace InfAdmm.Imaging.Priors;

/// <summary>
/// A trained prior as the x-update, x = G(v, y, level) (docs/mathematics.md §2): a plan made once for the images' shape. What ADMM
/// calls tau is the level of the step, <see cref="PriorWeights.LevelOf"/>; <see cref="PriorLoop"/> sets it.
/// </summary>
public sealed class NetworkPrior : IProximal, IDisposable
{
    private readonly Device _device;
    private readonly TensorScope _scope;
    private readonly InferencePlan _plan;
    private readonly Tensor _y;
    private readonly Tensor _extendedY;
    private readonly Tensor? _extended;
    private readonly Tensor[] _inputs;
    private readonly Tensor _result;
    private readonly Tensor? _cropped;
    private readonly Tensor? _ones;
    private readonly Tensor? _levelColumn;
    private readonly bool _addsInput;

    /// <summary>Copies the weights into a plan.</summary>
    /// <param name="device">Where it runs.</param>
    /// <param name="weights">The trained prior.</param>
    /// <param name="y">The measurement, read at every call; the caller keeps owning it.</param>
    /// <param name="images">
    /// The shape of the images; where a side is no multiple of the network's factor, their edge is repeated for it.
    /// </param>
    /// <exception cref="ShapeException">The shapes do not suit the network.</exception>
    public NetworkPrior(Device device, PriorWeights weights, Tensor y, Shape images)
    {
        _device = device;
        _scope = new TensorScope(device);
        using PriorNetwork network = weights.ToNetwork(device);
        Shape extended = network.Extended(images);
        bool extendsY = extended != images && y.Shape.H == images.H && y.Shape.W == images.W;
        _y = y;
        _extendedY = extendsY ? _scope.Allocate(y.Shape with { H = extended.H, W = extended.W }) : y;
        Shape level = network.LevelShape(extended);
        NetworkNode output = network.Trace(
            NetworkNode.Input(extended), NetworkNode.Input(_extendedY.Shape, 1), NetworkNode.Input(level, 2));
        _plan = device.Compile(output);
        _addsInput = network.Architecture == PriorArchitecture.Default;
        _result = _scope.Allocate(extended);
        if (extended != images)
        {
            _extended = _scope.Allocate(extended);
            _cropped = _scope.Allocate(images);
        }

        // The first input is set at every call.
        _inputs = _plan.InputShapes.Count > 1 ? [_result, _extendedY] : [_result];
        if (_plan.InputShapes.Count > 2)
        {
            Tensor map = _scope.Allocate(level);
            _ones = _scope.Allocate(Shape.Matrix(map.Count, 1));
            _levelColumn = map.Reshape(_ones.Shape);
            device.Fill(1, _ones);
            _inputs = [_result, _extendedY, map];
        }
    }

    /// <summary>How the network runs.</summary>
    public string Description => _plan.Description;

    /// <inheritdoc/>
    public void Apply(Tensor v, Tensor tau, Tensor x)
    {
        if (_levelColumn is not null)
        {
            // One column of ones times one number: the level spreads over its map without a visit to the host.
            _device.MatMul(_ones!, tau, _levelColumn);
        }

        if (!ReferenceEquals(_extendedY, _y))
        {
            _device.Window(_y, 0, 0, _extendedY);
        }

        if (_extended is not null)
        {
            _device.Window(v, 0, 0, _extended);
        }

        _inputs[0] = _extended ?? v;
        _plan.Run(_inputs, _result);
        Tensor result = _result;
        if (_cropped is not null)
        {
            _device.Window(_result, 0, 0, _cropped);
            result = _cropped;
        }

        if (_addsInput)
        {
            _device.Combine(1, v, 1, result, x);
        }
        else
        {
            _device.Copy(result, x);
        }
    }

    /// <summary>Frees the plan and the workspace.</summary>
    public void Dispose()
    {
        _plan.Dispose();
        _scope.Dispose();
    }
}
