namespace InfAdmm.Engine.Inference;

/// <summary>
/// A plan that calls the device's ops one after another, each node with its own buffer. It is the default for backends
/// without a compiler of their own, and the reference for those that have one.
/// </summary>
public sealed class OpByOpPlan : InferencePlan
{
    private readonly Device _device;
    private readonly TensorScope _scope;
    private readonly IReadOnlyList<NetworkNode> _nodes;
    private readonly Dictionary<NetworkNode, Tensor> _values = [];
    private readonly Dictionary<ConvolutionNode, (Tensor Weights, Tensor? Bias)> _weights = [];

    /// <summary>Uploads the weights and allocates the buffers.</summary>
    /// <param name="device">The device that runs the network.</param>
    /// <param name="output">The network.</param>
    /// <param name="reason">Why the backend could not make a faster plan; part of the description.</param>
    public OpByOpPlan(Device device, NetworkNode output, string? reason = null) : base(device, output)
    {
        _device = device;
        _scope = new TensorScope(device);
        _nodes = output.InOrder();
        Description = reason is null ? "op by op" : $"op by op: {reason}";
        try
        {
            foreach (NetworkNode node in _nodes)
            {
                Prepare(node, isOutput: node == output);
            }
        }
        catch
        {
            _scope.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Description { get; }

    /// <inheritdoc/>
    protected override void RunCore(ReadOnlySpan<Tensor> inputs, Tensor output)
    {
        for (int i = 0; i < _nodes.Count; i++)
        {
            NetworkNode node = _nodes[i];
            Tensor target = i == _nodes.Count - 1 ? output : _values.GetValueOrDefault(node, output);
            switch (node)
            {
                case ConvolutionNode convolution:
                    RunConvolution(convolution, Value(convolution.Source, inputs), target);
                    break;
                case PixelShuffleNode { Inverse: false } shuffle:
                    _device.PixelShuffle(Value(shuffle.Source, inputs), shuffle.Factor, target);
                    break;
                case PixelShuffleNode shuffle:
                    _device.PixelUnshuffle(Value(shuffle.Source, inputs), shuffle.Factor, target);
                    break;
                case ConcatenationNode { First: var first, Second: var second }:
                    _device.CopyChannels(Value(first, inputs), 0, first.Shape.C, target, 0);
                    _device.CopyChannels(Value(second, inputs), 0, second.Shape.C, target, first.Shape.C);
                    break;
                case AdditionNode { First: var first, Second: var second }:
                    _device.Combine(1, Value(first, inputs), 1, Value(second, inputs), target);
                    break;
                case InputNode input when i == _nodes.Count - 1:
                    _device.Copy(inputs[input.Index], output);
                    break;
            }
        }
    }

    /// <inheritdoc/>
    protected override void DisposeCore() => _scope.Dispose();

    private void Prepare(NetworkNode node, bool isOutput)
    {
        if (node is not InputNode && !isOutput)
        {
            _values[node] = _scope.Allocate(node.Shape);
        }

        if (node is ConvolutionNode { Weights: { } weights } convolution)
        {
            Tensor values = _scope.Add(_device.Allocate(weights.Shape, [.. weights.Values]));
            Tensor? bias = weights.Bias is null
                ? null
                : _scope.Add(_device.Allocate(new Shape(1, weights.Bias.Count, 1, 1), [.. weights.Bias]));
            _weights[convolution] = (values, bias);
        }
    }

    private Tensor Value(NetworkNode node, ReadOnlySpan<Tensor> inputs) =>
        node is InputNode input ? inputs[input.Index] : _values[node];

    private void RunConvolution(ConvolutionNode node, Tensor x, Tensor y)
    {
        (Tensor weights, Tensor? bias) = _weights[node];
        if (node.Transposed)
        {
            _device.Conv2dBackwardInput(x, weights, bias, node.Spec, node.Activation, y);
        }
        else
        {
            _device.Conv2d(x, weights, bias, node.Spec, node.Activation, y);
        }
    }
}
