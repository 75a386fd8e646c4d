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
    private CudnnEpilogue? _epilogue;

    /// <summary>Chooses an algorithm and runs it once.</summary>
    public ForwardConvolution(CudaDevice device, CudnnHandle handle, in ConvolutionKey key)
        : base(device, handle, key, half: device.Precision == CudaPrecision.Fp16) => Choose();

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
            DevicePointer added = Scratch.Read(bias, _bias);
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

    protected override int Query(int requested, out int returned, CudnnAlgorithmPerformance* results) =>
        Cudnn.cudnnGetConvolutionForwardAlgorithm_v7(
            Handle, Descriptors.X, Descriptors.Weights, Descriptors.Convolution, Descriptors.Y, requested,
            out returned, results);

    protected override int WorkspaceSize(int algorithm, out nuint bytes) =>
        Cudnn.cudnnGetConvolutionForwardWorkspaceSize(
            Handle, Descriptors.X, Descriptors.Weights, Descriptors.Convolution, Descriptors.Y, algorithm, out bytes);

    protected override int Try()
    {
        _x = Scratch.Add(Key.ConvolvedX.Count);
        _weights = Scratch.Add(Key.Weights.Count);
        _bias = Scratch.Add(Key.Weights.N);
        _y = Scratch.Add(Key.Y.Count);
        _epilogue = FusedEpilogue();
        return _epilogue is null ? Execute(Scratch.At(_x), Scratch.At(_weights), Scratch.At(_y)) : 0;
    }

    /// <summary>
    /// Bias and activation for fusion by cuDNN, run once on scratch memory; null if cuDNN does not fuse them.
    /// </summary>
    private CudnnEpilogue? FusedEpilogue()
    {
        bool fusible = Key.Activation switch
        {
            Activation.Relu => true,
            Activation.None => Algorithm.Number == CudnnAlgorithm.ImplicitPrecomputedGemm,
            _ => false,
        };
        if (!fusible || !Key.HasBias)
        {
            return null;
        }

        var epilogue = new CudnnEpilogue(Key, IsHalf ? CudnnDataType.Half : CudnnDataType.Float);
        int status = ExecuteFused(
            epilogue, Scratch.At(_x), Scratch.At(_weights), Scratch.At(_bias), Scratch.At(_y));
        if (status != 0)
        {
            epilogue.Dispose();
            return null;
        }

        return epilogue;
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
