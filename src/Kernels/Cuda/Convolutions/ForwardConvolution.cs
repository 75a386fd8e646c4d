using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda.Convolutions;

/// <summary>
/// y = act(conv(x) + bias). Bias and ReLU are fused into the convolution where cuDNN can: with a bias and a ReLU always,
/// with a bias alone if the algorithm is the one that can. What is left is one pass over y.
/// </summary>
internal sealed unsafe class ForwardConvolution : ConvolutionPlan
{
    private readonly CudnnAlgorithm _algorithm;
    private readonly ConvolutionScratch _scratch;
    private readonly OperandPlace _x;
    private readonly OperandPlace _weights;
    private readonly OperandPlace _bias;
    private readonly OperandPlace _y;
    private readonly CudnnTensorDescriptor? _biasDescriptor;
    private readonly CudnnActivationDescriptor? _activationDescriptor;

    /// <summary>Chooses the algorithm and runs it once.</summary>
    public ForwardConvolution(CudaDevice device, CudnnHandle handle, in ConvolutionKey key)
        : base(device, handle, key, half: device.Precision == CudaPrecision.Fp16)
    {
        CudnnDescriptors d = Descriptors;
        _algorithm = CudnnAlgorithm.Choose(key, Query);
        d.Adopt(_algorithm.MathType);
        Cudnn.Check(Cudnn.cudnnGetConvolutionForwardWorkspaceSize(
            handle, d.X, d.Weights, d.Convolution, d.Y, _algorithm.Number, out nuint workspaceBytes));
        bool fusesBias = key.Activation == Activation.None
            && _algorithm.Number == CudnnAlgorithm.ImplicitPrecomputedGemm;
        if (key.HasBias && (key.Activation == Activation.Relu || fusesBias))
        {
            var bias = new Shape(1, key.Weights.N, 1, 1);
            _biasDescriptor = CudnnDescriptors.Tensor(bias, IsHalf ? CudnnDataType.Half : CudnnDataType.Float);
            _activationDescriptor = CudnnDescriptors.ActivationOf(
                key.Activation == Activation.Relu ? CudnnActivationMode.Relu : CudnnActivationMode.Identity);
        }

        _scratch = new ConvolutionScratch(device, IsHalf, workspaceBytes);
        _x = _scratch.Add(key.ConvolvedX.Count);
        _weights = _scratch.Add(key.Weights.Count);
        _bias = _scratch.Add(key.Weights.N);
        _y = _scratch.Add(key.Y.Count);
        Execute(_scratch.At(_x), _scratch.At(_weights), _scratch.At(_bias), _scratch.At(_y));

        int Query(int requested, out int returned, CudnnAlgorithmPerformance* results) =>
            Cudnn.cudnnGetConvolutionForwardAlgorithm_v7(
                handle, d.X, d.Weights, d.Convolution, d.Y, requested, out returned, results);
    }

    /// <summary>Computes y from the input in the shape that cuDNN is given, <see cref="ConvolutionKey.ConvolvedX"/>.</summary>
    /// <param name="x">The input, padded already if the key pads.</param>
    /// <param name="weights">The weights, in half precision already if <paramref name="converted"/>.</param>
    /// <param name="bias">The bias, or null if the key has none.</param>
    /// <param name="y">The output.</param>
    /// <param name="converted">True if the weights are in the precision of the plan.</param>
    public void Run(DevicePointer x, DevicePointer weights, DevicePointer bias, DevicePointer y, bool converted)
    {
        bool fuses = _activationDescriptor is not null;
        DevicePointer source = _scratch.Read(x, _x);
        DevicePointer filter = converted ? weights : _scratch.Read(weights, _weights);
        DevicePointer added = fuses ? _scratch.Read(bias, _bias) : bias;
        if (!Device.IsDry)
        {
            Device.MakeCurrent();
            Execute(source, filter, added, _scratch.Written(y, _y));
        }

        _scratch.Deliver(y, _y);
        if (!fuses)
        {
            Device.BiasActivation(y, bias, Key.Y, Key.Activation);
        }
    }

    public override void Dispose()
    {
        _biasDescriptor?.Dispose();
        _activationDescriptor?.Dispose();
        base.Dispose();
    }

    private void Execute(DevicePointer x, DevicePointer weights, DevicePointer bias, DevicePointer y)
    {
        CudnnDescriptors d = Descriptors;
        if (_activationDescriptor is null || _biasDescriptor is null)
        {
            Cudnn.Check(Cudnn.cudnnConvolutionForward(
                Handle, 1, d.X, x, d.Weights, weights, d.Convolution, _algorithm.Number, _scratch.Workspace,
                _scratch.WorkspaceBytes, 0, d.Y, y));
            return;
        }

        // The addend is y itself times zero: cuDNN wants one.
        Cudnn.Check(Cudnn.cudnnConvolutionBiasActivationForward(
            Handle, 1, d.X, x, d.Weights, weights, d.Convolution, _algorithm.Number, _scratch.Workspace,
            _scratch.WorkspaceBytes, 0, d.Y, y, _biasDescriptor, bias, _activationDescriptor, d.Y, y));
    }
}
