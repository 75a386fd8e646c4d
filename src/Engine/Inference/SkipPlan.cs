namespace InfAdmm.Engine.Inference;

/// <summary>
/// A network with a skip connection around it, f(x, …) + x: the device's plan for f, then one addition, which reads f
/// and x and writes the output (12 bytes per element). The output may be x itself.
/// </summary>
internal sealed class SkipPlan : InferencePlan
{
    private readonly Device _device;
    private readonly InferencePlan _network;
    private readonly int _skipped;
    private readonly Tensor _value;

    /// <summary>Takes ownership of the plan of f.</summary>
    public SkipPlan(Device device, AdditionNode output, InputNode skipped, InferencePlan network)
        : base(device, output)
    {
        _device = device;
        _network = network;
        _skipped = skipped.Index;
        try
        {
            _value = device.Allocate(output.Shape);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Description => _network.Description;

    /// <summary>The input that is added, or null if the network is not of this form.</summary>
    public static InputNode? SkippedInput(NetworkNode output) =>
        output is AdditionNode { First: var network, Second: InputNode input } && network.InOrder().Contains(input)
            ? input
            : null;

    /// <inheritdoc/>
    public override bool MayOverwrite(int input) => input == _skipped;

    /// <inheritdoc/>
    protected override void RunCore(ReadOnlySpan<Tensor> inputs, Tensor output)
    {
        _network.Run(inputs, _value);
        _device.Combine(1, inputs[_skipped], 1, _value, output);
    }

    /// <inheritdoc/>
    protected override void DisposeCore()
    {
        _network.Dispose();
        _value.Dispose();
    }
}
