using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda.Convolutions;

/// <summary>The gradient of a convolution with respect to its input, as cuDNN computes it; float32 or TF32.</summary>
internal sealed unsafe class BackwardInputConvolution : ConvolutionPlan
{
    private OperandPlace _gy;
    private OperandPlace _weights;
    private OperandPlace _gx;

    /// <summary>Describes the convolution.</summary>
    public BackwardInputConvolution(CudaDevice device, CudnnHandle handle, in ConvolutionKey key)
        : base(device, handle, key, half: false)
    {
    }

    /// <summary>Computes gx, of the shape <see cref="ConvolutionKey.ConvolvedX"/>.</summary>
    public void Run(DevicePointer gy, DevicePointer weights, DevicePointer gx)
    {
        DevicePointer source = Scratch.Read(gy, _gy);
        DevicePointer filter = Scratch.Read(weights, _weights);
        if (!Device.IsDry)
        {
            Device.MakeCurrent();
            Cudnn.Check(Execute(source, filter, Scratch.Written(gx, _gx)));
        }

        Scratch.Deliver(gx, _gx);
    }

    protected override int Query(int requested, out int returned, CudnnAlgorithmPerformance* results) =>
        Cudnn.cudnnGetConvolutionBackwardDataAlgorithm_v7(
            Handle, Descriptors.Weights, Descriptors.Y, Descriptors.Convolution, Descriptors.X, requested,
            out returned, results);

    protected override int WorkspaceSize(int algorithm, out nuint bytes) =>
        Cudnn.cudnnGetConvolutionBackwardDataWorkspaceSize(
            Handle, Descriptors.Weights, Descriptors.Y, Descriptors.Convolution, Descriptors.X, algorithm, out bytes);

    protected override void AddOperands()
    {
        _gy = Scratch.Add(Key.Y.Count);
        _weights = Scratch.Add(Key.Weights.Count);
        _gx = Scratch.Add(Key.ConvolvedX.Count);
    }

    protected override int Try() => Execute(Scratch.At(_gy), Scratch.At(_weights), Scratch.At(_gx));

    private int Execute(DevicePointer gy, DevicePointer weights, DevicePointer gx) =>
        Cudnn.cudnnConvolutionBackwardData(
            Handle, 1, Descriptors.Weights, weights, Descriptors.Y, gy, Descriptors.Convolution, Algorithm.Number,
            Scratch.Workspace, Scratch.WorkspaceBytes, 0, Descriptors.X, gx);
}
