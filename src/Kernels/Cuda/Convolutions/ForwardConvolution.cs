using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda.Convolutions;

/// <summary>
/// y = act(conv(x) + bias). Bias and ReLU are fused into the convolution if cuDNN supports it: a bias with a ReLU
/// usually, a bias alone only with one algorithm. Otherwise they are applied in one pass over y. A fused ReLU may turn
/// a NaN into zero.
/// </summary>
internal sealed unsafe class ForwardConvolution : ConvolutionPlan
{
    private OperandPlace _x;
    private OperandPlace _weights;
    private OperandPlace _bias;
    private OperandPlace _y;
    private DevicePointer _zeros;
    private CudnnEpilogue? _epilogue;

    /// <summary>Describes the convolution.</summary>
    public ForwardConvolution(CudaDevice device, CudnnHandle handle, in ConvolutionKey key)
        : base(device, handle, key, half: device.Precision == CudaPrecision.Fp16)
    {
    }

    /// <summary>Computes y from an input of the shape <see cref="ConvolutionKey.ConvolvedX"/>.</summary>
    /// <param name="x">The input, already padded if the key pads.</param>
    /// <param name="weights">
    /// The weights, already in half precision if <paramref name="converted"/> is true and the plan uses it.
    /// </param>
    /// <param name="bias">The bias, or null if the key has none.</param>
    /// <param name="y">The output.</param>
    /// <param name="converted">True if the weights are in the precision of the plan.</param>
    public void Run(DevicePointer x, DevicePointer weights, DevicePointer bias, DevicePointer y, bool converted)
    {
        DevicePointer source = Scratch.Read(x, _x);
        DevicePointer filter = converted ? weights : Scratch.Read(weights, _weights);
        DevicePointer target = Scratch.Written(y, _y);
        if (_epilogue is not null)
        {
            DevicePointer added = Key.HasBias ? Scratch.Read(bias, _bias) : _zeros;
            if (!Device.IsDry)
            {
                Device.MakeCurrent();
                Cudnn.Check(ExecuteFused(_epilogue, source, filter, added, target));
            }

            Scratch.Deliver(y, _y);
            return;
        }

        if (!Device.IsDry)
        {
            Device.MakeCurrent();
            Cudnn.Check(Execute(source, filter, target));
        }

        Scratch.Deliver(y, _y);
        Device.BiasActivation(y, bias, Key.Y, Key.Activation);
    }

    public override void Dispose()
    {
        _epilogue?.Dispose();
        base.Dispose();
    }

    /// <summary>Whether cuDNN may fuse bias and activation; it takes a ReLU only with a bias, which may be zero.</summary>
    private bool IsFusible => Key.Activation switch
    {
        Activation.Relu => true,
        Activation.None => Key.HasBias && Algorithm.Number == CudnnAlgorithm.ImplicitPrecomputedGemm,
        _ => false,
    };

    protected override int Query(int requested, out int returned, CudnnAlgorithmPerformance* results) =>
        Cudnn.cudnnGetConvolutionForwardAlgorithm_v7(
            Handle, Descriptors.X, Descriptors.Weights, Descriptors.Convolution, Descriptors.Y, requested,
            out returned, results);

    protected override int WorkspaceSize(int algorithm, out nuint bytes) =>
        Cudnn.cudnnGetConvolutionForwardWorkspaceSize(
            Handle, Descriptors.X, Descriptors.Weights, Descriptors.Convolution, Descriptors.Y, algorithm, out bytes);

    protected override void AddOperands()
    {
        _x = Scratch.Add(Key.ConvolvedX.Count);
        _weights = Scratch.Add(Key.Weights.Count);
        _bias = Scratch.Add(Key.Weights.N);
        _y = Scratch.Add(Key.Y.Count);
        _epilogue?.Dispose();
        _epilogue = IsFusible ? new CudnnEpilogue(Key, IsHalf ? CudnnDataType.Half : CudnnDataType.Float) : null;
        _zeros = _epilogue is null || Key.HasBias ? DevicePointer.Null : Device.Zeros(Key.Weights.N);
    }

    protected override int Try()
    {
        if (_epilogue is not null)
        {
            DevicePointer added = Key.HasBias ? Scratch.At(_bias) : _zeros;
            if (ExecuteFused(_epilogue, Scratch.At(_x), Scratch.At(_weights), added, Scratch.At(_y)) == 0)
            {
                return 0;
            }

            _epilogue.Dispose();
            _epilogue = null;
        }

        int status = Execute(Scratch.At(_x), Scratch.At(_weights), Scratch.At(_y));
        if (status == 0 && !IsHalf)
        {
            Device.BiasActivation(
                Scratch.At(_y), Key.HasBias ? Scratch.At(_bias) : DevicePointer.Null, Key.Y, Key.Activation);
        }

        return status;
    }

    private int Execute(DevicePointer x, DevicePointer weights, DevicePointer y) =>
        Cudnn.cudnnConvolutionForward(
            Handle, 1, Descriptors.X, x, Descriptors.Weights, weights, Descriptors.Convolution, Algorithm.Number,
            Scratch.Workspace, Scratch.WorkspaceBytes, 0, Descriptors.Y, y);

    /// <remarks>cuDNN requires an addend; y times zero is passed.</remarks>
    private int ExecuteFused(
        CudnnEpilogue epilogue, DevicePointer x, DevicePointer weights, DevicePointer bias, DevicePointer y) =>
        Cudnn.cudnnConvolutionBiasActivationForward(
            Handle, 1, Descriptors.X, x, Descriptors.Weights, weights, Descriptors.Convolution, Algorithm.Number,
            Scratch.Workspace, Scratch.WorkspaceBytes, 0, Descriptors.Y, y, epilogue.Bias, bias, epilogue.Activation,
            Descriptors.Y, y);
}
