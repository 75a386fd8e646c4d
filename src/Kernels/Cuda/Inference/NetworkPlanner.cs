using InfAdmm.Engine;
using InfAdmm.Engine.Inference;

namespace InfAdmm.Kernels.Cuda.Inference;

/// <summary>
/// Plans a network as steps on stored values. Concatenations and unshuffles before a convolution are not stored: the
/// convolution assembles its input. After all readers of a value have run, its memory is reused for later values, so
/// that the input of a layer was written recently and may still be in the cache.
/// </summary>
internal sealed class NetworkPlanner
{
    private readonly CudaDevice _device;
    private readonly TensorScope _scope;
    private readonly Dictionary<NetworkNode, PlannedValue> _values = [];
    private readonly List<PlanStep> _steps = [];

    /// <summary>Plans the network and allocates its memory in the scope.</summary>
    public NetworkPlanner(TensorScope scope, NetworkNode output)
    {
        _device = (CudaDevice)scope.Device;
        _scope = scope;
        Inputs =
        [
            .. output.InOrder().OfType<InputNode>().OrderBy(node => node.Index).Select(Stored),
        ];
        if (output is InputNode)
        {
            Output = new PlannedValue(output.Shape);
            _steps.Add(new AssemblyStep(_device, [new ValuePart(Inputs[0], 1)], Output));
        }
        else
        {
            Output = Stored(output);
        }

        GiveMemory();
    }

    /// <summary>The inputs, in order.</summary>
    public IReadOnlyList<PlannedValue> Inputs { get; }

    /// <summary>The output.</summary>
    public PlannedValue Output { get; }

    /// <summary>The steps, in order.</summary>
    public IReadOnlyList<PlanStep> Steps => _steps;

    /// <summary>Why a network cannot be planned; null if it can.</summary>
    public static string? Refusal(NetworkNode output) =>
        output.InOrder().FirstOrDefault(
            node => node is not (InputNode or ConvolutionNode or PixelShuffleNode or ConcatenationNode)) is { } unknown
            ? $"no step supports a {unknown.GetType().Name}"
            : null;

    private PlannedValue Stored(NetworkNode node)
    {
        if (!_values.TryGetValue(node, out PlannedValue? value))
        {
            value = new PlannedValue(node.Shape);
            _values.Add(node, value);
            if (node is not InputNode)
            {
                _steps.Add(StepTo(node, value));
            }
        }

        return value;
    }

    private PlanStep StepTo(NetworkNode node, PlannedValue target) => node switch
    {
        ConvolutionNode { Transposed: true } transposed => MirroredConvolution.Of(transposed) is { } plain
            ? new ConvolutionStep(_scope, plain, PartsOf(plain.Source), target)
            : new TransposedConvolutionStep(_scope, transposed, Stored(transposed.Source), target),
        ConvolutionNode convolution => new ConvolutionStep(_scope, convolution, PartsOf(convolution.Source), target),
        PixelShuffleNode { Inverse: false } shuffle =>
            new ShuffleStep(_device, Stored(shuffle.Source), shuffle.Factor, target),
        _ => new AssemblyStep(_device, PartsOf(node), target),
    };

    /// <summary>
    /// The stored values whose concatenation along the channels is the given value, each possibly unshuffled.
    /// </summary>
    private IReadOnlyList<ValuePart> PartsOf(NetworkNode node)
    {
        switch (node)
        {
            case ConcatenationNode join:
                return [.. PartsOf(join.First), .. PartsOf(join.Second)];
            case PixelShuffleNode { Inverse: true } unshuffle:
                // An unshuffle keeps the channels of each source channel together, so the unshuffle of a concatenation
                // is the concatenation of unshuffles.
                IReadOnlyList<ValuePart> parts = PartsOf(unshuffle.Source);
                return parts.All(part => part.Factor == 1)
                    ? [.. parts.Select(part => part with { Factor = unshuffle.Factor })]
                    : [new ValuePart(Stored(unshuffle.Source), unshuffle.Factor)];
            default:
                return [new ValuePart(Stored(node), 1)];
        }
    }

    private void GiveMemory()
    {
        Dictionary<PlannedValue, int> lastReads = [];
        for (int i = 0; i < _steps.Count; i++)
        {
            foreach (ValuePart part in _steps[i].Sources)
            {
                lastReads[part.Value] = i;
            }
        }

        List<Tensor> free = [];
        Dictionary<PlannedValue, Tensor> owners = [];
        for (int i = 0; i < _steps.Count; i++)
        {
            PlanStep step = _steps[i];
            if (step.Target != Output)
            {
                Tensor owner = Take(free, step.Target.Shape);
                owners.Add(step.Target, owner);
                step.Target.Tensor = owner.Slice(0, step.Target.Shape);
            }

            foreach (PlannedValue value in step.Sources.Select(part => part.Value).Distinct())
            {
                if (lastReads[value] == i && owners.TryGetValue(value, out Tensor? owner))
                {
                    free.Add(owner);
                }
            }
        }
    }

    private Tensor Take(List<Tensor> free, Shape shape)
    {
        Tensor? fitting = free.Where(tensor => tensor.Count >= shape.Count).MinBy(tensor => tensor.Count);
        if (fitting is null)
        {
            return _scope.Allocate(shape);
        }

        free.Remove(fitting);
        return fitting;
    }
}
