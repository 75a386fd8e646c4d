using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Convolutions;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda;

/// <remarks>
/// Convolutions by cuDNN, or by a hand-written kernel if the layer has few channels; without cuDNN, all by hand-written
/// kernels. With half precision only the forward convolutions of cuDNN use it, not gradients or thin layers.
/// </remarks>
public sealed partial class CudaDevice
{
    private const int PaddedSlot = 1;

    private readonly Dictionary<ConvolutionKey, ConvolutionPlan?> _convolutionPlans = [];

    /// <summary>The cuDNN plan for a forward convolution, or null if a hand-written kernel computes it.</summary>
    internal ForwardConvolution? PlanForward(
        Shape x, Shape weights, bool hasBias, Conv2dSpec spec, Activation activation, bool aligned) =>
        IsThin(weights, spec)
            ? null
            : PlanOf<ForwardConvolution>(new ConvolutionKey(
                ConvolutionPass.Forward, x, weights, spec, activation, hasBias,
                aligned || Precision == CudaPrecision.Fp16));

    /// <summary>Whether all addresses, of which some may be null, are aligned as cuDNN needs it.</summary>
    internal static bool AreAligned(params ReadOnlySpan<DevicePointer> addresses)
    {
        foreach (DevicePointer address in addresses)
        {
            if (address.Value % ConvolutionScratch.Alignment != 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Convolution of an input that is already padded if there is a plan and it pads, and not padded otherwise.
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

    /// <summary>y = x for the given number of float32 elements at any address.</summary>
    internal void CopyFloats(DevicePointer x, DevicePointer y, long count) =>
        Launch(CopyKernel, StreamShape(count), new UnaryArguments(x, y, 0, (int)count));

    /// <summary>Scratch memory for a padded input of cuDNN.</summary>
    internal DevicePointer PaddedScratch(Shape shape) => Scratch(PaddedSlot, shape.Count * sizeof(float));

    /// <inheritdoc/>
    protected override void Conv2dCore(
        Tensor x, Tensor weights, Tensor? bias, Conv2dSpec spec, Activation activation, Tensor y)
    {
        bool aligned = AreAligned(Address(x), Address(weights), AddressOrNull(bias), Address(y));
        ForwardConvolution? plan = PlanForward(x.Shape, weights.Shape, bias is not null, spec, activation, aligned);
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

        // Bias and activation are a separate pass, so that gradients and transposed layers share one plan.
        bool aligned = AreAligned(Address(gy), Address(weights), Address(gx));
        if (PlanOf<BackwardInputConvolution>(new ConvolutionKey(
            ConvolutionPass.BackwardInput, gx.Shape, weights.Shape, spec, Activation.None, HasBias: false, aligned))
            is not { } plan)
        {
            DirectConv2dBackwardInput(
                Address(gy), gy.Shape, Address(weights), weights.Shape, added, spec, activation, Address(gx), gx.Shape);
            return;
        }

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
        bool aligned = AreAligned(Address(x), Address(gy), Address(gw));
        if (PlanOf<BackwardWeightsConvolution>(new ConvolutionKey(
            ConvolutionPass.BackwardWeights, x.Shape, gw.Shape, spec, Activation.None, HasBias: false, aligned))
            is not { } plan)
        {
            DirectConv2dBackwardWeights(
                Address(x), x.Shape, Address(gy), gy.Shape, spec, Address(gw), gw.Shape);
            return;
        }

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

    /// <summary>The plan; null if there is no cuDNN, or it has no algorithm that runs.</summary>
    private T? PlanOf<T>(in ConvolutionKey key)
        where T : ConvolutionPlan
    {
        if (_libraries.Cudnn is not { } handle)
        {
            return null;
        }

        if (!_convolutionPlans.TryGetValue(key, out ConvolutionPlan? plan))
        {
            BeginLibraryPlan($"a convolution plan for {key}");

            // Algorithms are tried and timed even in a dry run.
            bool isDry = IsDry;
            IsDry = false;
            try
            {
                plan = ConvolutionPlan.Create(this, handle, key);
            }
            finally
            {
                IsDry = isDry;
            }

            _convolutionPlans.Add(key, plan);
        }

        return (T?)plan;
    }
}
