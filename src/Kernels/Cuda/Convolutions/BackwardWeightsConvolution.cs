using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda.Convolutions;

/// <summary>The gradient of a convolution with respect to its weights; float32 or TF32.</summary>
internal sealed unsafe class BackwardWeightsConvolution : ConvolutionPlan
{
    private OperandPlace _x;
    private OperandPlace _gy;
    private OperandPlace _gw;

    /// <summary>Describes the convolution.</summary>
    public BackwardWeightsConvolution(CudaDevice device, CudnnHandle handle, in ConvolutionKey key)
        : base(device, handle, key, half: false)
    {
    }

    /// <summary>Computes gw from an input of the shape <see cref="ConvolutionKey.ConvolvedX"/>.</summary>
    public void Run(DevicePointer x, DevicePointer gy, DevicePointer gw)
    {
        DevicePointer source = Scratch.Read(x, _x);
        DevicePointer gradient = Scratch.Read(gy, _gy);
        if (!Device.IsDry)
        {
            Device.MakeCurrent();
            Cudnn.Check(Execute(source, gradient, Scratch.Written(gw, _gw)));
        }

        Scratch.Deliver(gw, _gw);
    }

    protected override int Query(int requested, out int returned, CudnnAlgorithmPerformance* results) =>
        Cudnn.cudnnGetConvolutionBackwardFilterAlgorithm_v7(
            Handle, Descriptors.X, Descriptors.Y, Descriptors.Convolution, Descriptors.Weights, requested,
            out returned, results);

    protected override int WorkspaceSize(int algorithm, out nuint bytes) =>
        Cudnn.cudnnGetConvolutionBackwardFilterWorkspaceSize(
            Handle, Descriptors.X, Descriptors.Y, Descriptors.Convolution, Descriptors.Weights, algorithm, out bytes);

    protected override void AddOperands()
    {
        _x = Scratch.Add(Key.ConvolvedX.Count);
        _gy = Scratch.Add(Key.Y.Count);
        _gw = Scratch.Add(Key.Weights.Count);
    }

    protected override int Try() => Execute(Scratch.At(_x), Scratch.At(_gy), Scratch.At(_gw));

    private int Execute(DevicePointer x, DevicePointer gy, DevicePointer gw) =>
        Cudnn.cudnnConvolutionBackwardFilter(
            Handle, 1, Descriptors.X, x, Descriptors.Y, gy, Descriptors.Convolution, Algorithm.Number,
            Scratch.Workspace, Scratch.WorkspaceBytes, 0, Descriptors.Weights, gw);
}
