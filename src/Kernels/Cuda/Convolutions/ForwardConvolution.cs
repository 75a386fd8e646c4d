using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda.Convolutions;

/// <summary>
/// y = act(conv(x) + bias). Bias and ReLU are fused into the convolution where cuDNN can: with a bias and a ReLU as a
/// rule, with a bias alone if the algorithm is the one that can. What is left is one pass over y. A fused ReLU may
/// make a zero of a NaN.
/// </summary>
internal sealed unsafe class ForwardConvolution : ConvolutionPlan
{
    private readonly CudnnAlgorithm _algorithm;
    private readonly ConvolutionScratch _scratch;
    private readonly OperandPlace _x;
    private readonly OperandPlace _weights;
    private readonly OperandPlace _bias;
    private readonly OperandPlace _y;
    private readonly CudnnEpilogue? _epilogue;

    /// <summary>Chooses the algorithm and runs it once.</summary>
    public ForwardConvolution(CudaDevice device, CudnnHandle handle, in ConvolutionKey key)
        : base(device, handle, key, half: device.Precision == CudaPrecision.Fp16)
    {
        CudnnDescriptors d = Descriptors;
        _algorithm = CudnnAlgorithm.Choose(key, Query);
        d.Adopt(_algorithm.MathType);
        Cudnn.Check(Cudnn.cudnnGetConvolutionForwardWorkspaceSize(
            handle, d.X, d.Weights, d.Convolution, d.Y, _algorithm.Number, out nuint workspaceBytes));
        _scratch = new ConvolutionScratch(device, IsHalf, workspaceBytes);
        _x = _scratch.Add(key.ConvolvedX.Count);
        _weights = _scratch.Add(key.Weights.Count);
        _bias = _scratch.Add(key.Weights.N);
        _y = _scratch.Add(key.Y.Count);
        _epilogue = FusedEpilogue();
        if (_epilogue is null)
        {
            Execute(_scratch.At(_x), _scratch.At(_weights), _scratch.At(_y));
        }

        int Query(int requested, out int returned, CudnnAlgorithmPerformance* results) =>
            Cudnn.cudnnGetConvolutionForwardAlgorithm_v7(
                handle, d.X, d.Weights, d.Convolution, d.Y, requested, out returned, results);
    }

    /// <summary>Computes y from the input as cuDNN is given it, <see cref="ConvolutionKey.ConvolvedX"/>.</summary>
    /// <param name="x">The input, padded already if the key pads.</param>
    /// <param name="weights">The weights, in half precision already if <paramref name="converted"/>.</param>
    /// <param name="bias">The bias, or null if the key has none.</param>
    /// <param name="y">The output.</param>
    /// <param name="converted">True if the weights are in the precision of the plan.</param>
    public void Run(DevicePointer x, DevicePointer weights, DevicePointer bias, DevicePointer y, bool converted)
    {
        DevicePointer source = _scratch.Read(x, _x);
        DevicePointer filter = converted ? weights : _scratch.Read(weights, _weights);
        DevicePointer target = _scratch.Written(y, _y);
        if (_epilogue is not null)
        {
            DevicePointer added = _scratch.Read(bias, _bias);
            if (!Device.IsDry)
            {
                Device.MakeCurrent();
                Cudnn.Check(ExecuteFused(_epilogue, source, filter, added, target));
            }

            _scratch.Deliver(y, _y);
            return;
        }

        if (!Device.IsDry)
        {
            Device.MakeCurrent();
            Execute(source, filter, target);
        }

        _scratch.Deliver(y, _y);
        Device.BiasActivation(y, bias, Key.Y, Key.Activation);
    }

    public override void Dispose()
    {
        _epilogue?.Dispose();
        base.Dispose();
    }

    /// <summary>Bias and activation as cuDNN fuses them, tried once on scratch memory; null if it does not.</summary>
    private CudnnEpilogue? FusedEpilogue()
    {
        bool fusible = Key.Activation switch
        {
            Activation.Relu => true,
            Activation.None => _algorithm.Number == CudnnAlgorithm.ImplicitPrecomputedGemm,
            _ => false,
        };
        if (!fusible || !Key.HasBias)
        {
            return null;
        }

        var epilogue = new CudnnEpilogue(Key, IsHalf ? CudnnDataType.Half : CudnnDataType.Float);
        int status = ExecuteFused(
            epilogue, _scratch.At(_x), _scratch.At(_weights), _scratch.At(_bias), _scratch.At(_y));
        if (Cudnn.IsNotSupported(status))
        {
            epilogue.Dispose();
            return null;
        }

        Cudnn.Check(status, nameof(Cudnn.cudnnConvolutionBiasActivationForward));
        return epilogue;
    }

    private void Execute(DevicePointer x, DevicePointer weights, DevicePointer y) =>
        Cudnn.Check(Cudnn.cudnnConvolutionForward(
            Handle, 1, Descriptors.X, x, Descriptors.Weights, weights, Descriptors.Convolution, _algorithm.Number,
            _scratch.Workspace, _scratch.WorkspaceBytes, 0, Descriptors.Y, y));

    /// <remarks>The addend is y itself times zero: cuDNN wants one.</remarks>
    private int ExecuteFused(
        CudnnEpilogue epilogue, DevicePointer x, DevicePointer weights, DevicePointer bias, DevicePointer y) =>
        Cudnn.cudnnConvolutionBiasActivationForward(
            Handle, 1, Descriptors.X, x, Descriptors.Weights, weights, Descriptors.Convolution, _algorithm.Number,
            _scratch.Workspace, _scratch.WorkspaceBytes, 0, Descriptors.Y, y, epilogue.Bias, bias, epilogue.Activation,
            Descriptors.Y, y);
}
