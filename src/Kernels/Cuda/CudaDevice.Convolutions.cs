using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Convolutions;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda;

/// <remarks>
/// Convolutions: by cuDNN, by a kernel of ours where the layer has few channels, and by kernels of ours alone where
/// there is no cuDNN. On a device of half precision cuDNN's forward convolutions are, gradients and thin layers are not.
/// </remarks>
public sealed partial class CudaDevice
{
    private const int PaddedSlot = 1;

    private readonly Dictionary<ConvolutionKey, ConvolutionPlan> _convolutionPlans = [];

    /// <summary>cuDNN's plan for a forward convolution, or null if a kernel of ours takes it.</summary>
    internal ForwardConvolution? PlanForward(
        Shape x, Shape weights, bool hasBias, Conv2dSpec spec, Activation activation) =>
        _libraries.Cudnn is null || IsThin(weights, spec)
            ? null
            : PlanOf<ForwardConvolution>(ConvolutionPass.Forward, x, weights, hasBias, spec, activation);

    /// <summary>
    /// The convolution of an input in memory, padded already if the plan is there and pads, and not otherwise.
    /// </summary>
    internal void Convolve(
        ForwardConvolution? plan, DevicePointer x, Shape xShape, DevicePointer weights, Shape weightShape,
        DevicePointer bias, Conv2dSpec spec, Activation activation, DevicePointer y, bool convertedWeights)
    {
        Shape yShape = spec.Output(xShape, weightShape);
        if (plan is not null)
        {
            plan.Run(x, weights, bias, y, convertedWeights);
        }
        else if (IsThin(weightShape, spec))
        {
            ThinConv2d(x, xShape, weights, weightShape, bias, spec, activation, y, yShape);
        }
        else
        {
            DirectConv2d(x, xShape, weights, weightShape, bias, spec, activation, y, yShape);
        }
    }

    /// <summary>y = x for so many float32 elements anywhere in memory.</summary>
    internal void CopyFloats(DevicePointer x, DevicePointer y, long count) =>
        Launch(CopyKernel, StreamShape(count), new UnaryArguments(x, y, 0, (int)count));

    /// <summary>Makes room for an input as cuDNN is given it.</summary>
    internal DevicePointer PaddedScratch(Shape shape) => Scratch(PaddedSlot, shape.Count * sizeof(float));

    /// <inheritdoc/>
    protected override void Conv2dCore(
        Tensor x, Tensor weights, Tensor? bias, Conv2dSpec spec, Activation activation, Tensor y)
    {
        ForwardConvolution? plan = PlanForward(x.Shape, weights.Shape, bias is not null, spec, activation);
        DevicePointer source = plan is null ? Address(x) : PaddedInput(plan.Key, Address(x));
        Convolve(
            plan, source, x.Shape, Address(weights), weights.Shape, AddressOrNull(bias), spec, activation, Address(y),
            convertedWeights: false);
    }

    /// <inheritdoc/>
    protected override void Conv2dBackwardInputCore(
        Tensor gy, Tensor weights, Tensor? bias, Conv2dSpec spec, Activation activation, Tensor gx)
    {
        DevicePointer added = AddressOrNull(bias);
        if (_libraries.Cudnn is null)
        {
            DirectConv2dBackwardInput(
                Address(gy), gy.Shape, Address(weights), weights.Shape, added, spec, activation, Address(gx), gx.Shape);
            return;
        }

        // Bias and activation follow in a pass of their own, so that one plan serves gradients and transposed layers.
        BackwardInputConvolution plan = PlanOf<BackwardInputConvolution>(
            ConvolutionPass.BackwardInput, gx.Shape, weights.Shape, hasBias: false, spec, Activation.None);
        if (plan.Key.Pads)
        {
            DevicePointer padded = PaddedScratch(plan.Key.ConvolvedX);
            plan.Run(Address(gy), Address(weights), padded);
            UnpadAdd(
                padded, gx.Shape, spec.Boundary, spec.Top, spec.Left, spec.Bottom, spec.Right, added, activation,
                Address(gx));
            return;
        }

        plan.Run(Address(gy), Address(weights), Address(gx));
        BiasActivation(Address(gx), added, gx.Shape, activation);
    }

    /// <inheritdoc/>
    protected override void Conv2dBackwardWeightsCore(Tensor x, Tensor gy, Conv2dSpec spec, Tensor gw)
    {
        if (_libraries.Cudnn is null)
        {
            DirectConv2dBackwardWeights(
                Address(x), x.Shape, Address(gy), gy.Shape, spec, Address(gw), gw.Shape);
            return;
        }

        BackwardWeightsConvolution plan = PlanOf<BackwardWeightsConvolution>(
            ConvolutionPass.BackwardWeights, x.Shape, gw.Shape, hasBias: false, spec, Activation.None);
        plan.Run(PaddedInput(plan.Key, Address(x)), Address(gy), Address(gw));
    }

    private DevicePointer PaddedInput(in ConvolutionKey key, DevicePointer x)
    {
        if (!key.Pads)
        {
            return x;
        }

        Conv2dSpec spec = key.Spec;
        DevicePointer padded = PaddedScratch(key.ConvolvedX);
        Pad(x, key.X, 1, spec.Boundary, spec.Top, spec.Left, spec.Bottom, spec.Right, padded, key.X.C, 0);
        return padded;
    }

    private T PlanOf<T>(
        ConvolutionPass pass, Shape x, Shape weights, bool hasBias, Conv2dSpec spec, Activation activation)
        where T : ConvolutionPlan
    {
        var key = new ConvolutionKey(pass, x, weights, spec, activation, hasBias);
        if (!_convolutionPlans.TryGetValue(key, out ConvolutionPlan? plan))
        {
            CudnnHandle handle = _libraries.Cudnn ?? throw new DeviceException("there is no cuDNN");
            BeginLibraryPlan($"a convolution plan for {key}");
            plan = ConvolutionPlan.Create(this, handle, key);
            _convolutionPlans.Add(key, plan);
        }

        return (T)plan;
    }
}
