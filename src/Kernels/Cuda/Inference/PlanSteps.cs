using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Kernels.Cuda.Convolutions;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda.Inference;

/// <summary>Computes one stored value from others.</summary>
/// <param name="sources">The inputs.</param>
/// <param name="target">The output.</param>
internal abstract class PlanStep(IReadOnlyList<ValuePart> sources, PlannedValue target)
{
    /// <summary>The inputs, concatenated along the channels.</summary>
    public IReadOnlyList<ValuePart> Sources { get; } = sources;

    /// <summary>The output.</summary>
    public PlannedValue Target { get; } = target;

    /// <summary>Calls the ops of the device.</summary>
    public abstract void Run();
}

/// <summary>Concatenates parts along the channels.</summary>
internal sealed class AssemblyStep(CudaDevice device, IReadOnlyList<ValuePart> sources, PlannedValue target)
    : PlanStep(sources, target)
{
    public override void Run() => ValuePart.Assemble(device, Sources, Conv2dSpec.Valid(), Target.Address);
}

/// <summary>Depth to space.</summary>
internal sealed class ShuffleStep(CudaDevice device, PlannedValue source, int factor, PlannedValue target)
    : PlanStep([new ValuePart(source, 1)], target)
{
    public override void Run() => device.PixelShuffle(Sources[0].Value.Tensor, factor, Target.Tensor);
}

/// <summary>A transposed convolution.</summary>
internal sealed class TransposedConvolutionStep : PlanStep
{
    private readonly CudaDevice _device;
    private readonly ConvolutionNode _node;
    private readonly Tensor _weights;
    private readonly Tensor? _bias;

    /// <summary>Uploads the weights.</summary>
    public TransposedConvolutionStep(TensorScope scope, ConvolutionNode node, PlannedValue source, PlannedValue target)
        : base([new ValuePart(source, 1)], target)
    {
        _device = (CudaDevice)scope.Device;
        _node = node;
        _weights = scope.Add(_device.Allocate(node.Weights.Shape, [.. node.Weights.Values]));
        _bias = node.Weights.Bias is { } bias
            ? scope.Add(_device.Allocate(new Shape(1, bias.Count, 1, 1), [.. bias]))
            : null;
    }

    public override void Run() => _device.Conv2dBackwardInput(
        Sources[0].Value.Tensor, _weights, _bias, _node.Spec, _node.Activation, Target.Tensor);
}

/// <summary>
/// A convolution that assembles its input from parts: concatenation, unshuffling and padding are one pass per part to
/// scratch memory, or no pass if there is a single part that needs neither.
/// </summary>
internal sealed class ConvolutionStep : PlanStep
{
    private readonly CudaDevice _device;
    private readonly ConvolutionNode _node;
    private readonly ForwardConvolution? _plan;
    private readonly Tensor _weights;
    private readonly Tensor? _bias;
    private readonly Shape _sourceShape;
    private readonly Conv2dSpec _padding;
    private readonly bool _assembles;

    /// <summary>Creates the plan and uploads the weights in its precision.</summary>
    public ConvolutionStep(
        TensorScope scope, ConvolutionNode node, IReadOnlyList<ValuePart> sources, PlannedValue target)
        : base(sources, target)
    {
        _device = (CudaDevice)scope.Device;
        _node = node;
        Shape weights = node.Weights.Shape;
        _bias = BiasOf(scope, node);
        _plan = _device.PlanForward(node.Source.Shape, weights, _bias is not null, node.Spec, node.Activation, aligned: true);
        bool pads = _plan?.Key.Pads ?? false;
        _padding = pads ? node.Spec : Conv2dSpec.Valid();
        _sourceShape = pads ? _plan!.Key.ConvolvedX : node.Source.Shape;
        _assembles = pads || sources.Count > 1 || sources[0].Factor > 1;
        Tensor uploaded = _device.Allocate(weights, [.. node.Weights.Values]);
        _weights = scope.Add(_plan is { IsHalf: true } ? Halved(_device, uploaded) : uploaded);
    }

    /// <summary>True if cuDNN computes it.</summary>
    public bool UsesCudnn => _plan is not null;

    public override void Run()
    {
        DevicePointer x = _assembles ? Assembled() : Sources[0].Value.Address;
        ForwardConvolution? plan = _plan is null || CudaDevice.AreAligned(x, Target.Address) ? _plan : Unaligned();
        _device.Convolve(
            plan, x, _node.Source.Shape, CudaDevice.Address(_weights), _node.Weights.Shape,
            CudaDevice.AddressOrNull(_bias), _node.Spec, _node.Activation, Target.Address, convertedWeights: true);
    }

    private static Tensor? BiasOf(TensorScope scope, ConvolutionNode node)
    {
        // cuDNN fuses a ReLU only together with a bias, which may be zero.
        var shape = new Shape(1, node.Weights.Shape.N, 1, 1);
        return node.Weights.Bias is { } bias ? scope.Add(scope.Device.Allocate(shape, [.. bias]))
            : node.Activation == Activation.Relu ? scope.Add(scope.Device.AllocateZeros(shape))
            : null;
    }

    private static Tensor Halved(CudaDevice device, Tensor weights)
    {
        Tensor halves = device.Allocate(Shape.Vector((weights.Count + 1) / 2));
        device.ToHalf(CudaDevice.Address(weights), CudaDevice.Address(halves), weights.Count);
        weights.Dispose();
        return halves;
    }

    /// <summary>The plan for inputs or outputs of the network that are not aligned.</summary>
    private ForwardConvolution Unaligned() =>
        _device.PlanForward(
            _node.Source.Shape, _node.Weights.Shape, _bias is not null, _node.Spec, _node.Activation, aligned: false)
        ?? throw new DeviceException("cuDNN takes an aligned image, but not an unaligned one of the same size");

    private DevicePointer Assembled()
    {
        DevicePointer assembled = _device.PaddedScratch(_sourceShape);
        ValuePart.Assemble(_device, Sources, _padding, assembled);
        return assembled;
    }
}
