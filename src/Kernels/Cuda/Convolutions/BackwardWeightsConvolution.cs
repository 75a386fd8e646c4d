using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda.Convolutions;

/// <summary>The gradient of a convolution in its weights; float32 or TF32.</summary>
internal sealed unsafe class BackwardWeightsConvolution : ConvolutionPlan
{
    private readonly CudnnAlgorithm _algorithm;
    private readonly ConvolutionScratch _scratch;
    private readonly OperandPlace _x;
    private readonly OperandPlace _gy;
    private readonly OperandPlace _gw;

    /// <summary>Chooses the algorithm and runs it once.</summary>
    public BackwardWeightsConvolution(CudaDevice device, CudnnHandle handle, in ConvolutionKey key)
        : base(device, handle, key, half: false)
    {
        CudnnDescriptors d = Descriptors;
        _algorithm = CudnnAlgorithm.Choose(key, Query);
        d.Adopt(_algorithm.MathType);
        Cudnn.Check(Cudnn.cudnnGetConvolutionBackwardFilterWorkspaceSize(
            handle, d.X, d.Y, d.Convolution, d.Weights, _algorithm.Number, out nuint workspaceBytes));
        _scratch = new ConvolutionScratch(device, half: false, workspaceBytes);
        _x = _scratch.Add(key.ConvolvedX.Count);
        _gy = _scratch.Add(key.Y.Count);
        _gw = _scratch.Add(key.Weights.Count);
        Execute(_scratch.At(_x), _scratch.At(_gy), _scratch.At(_gw));

        int Query(int requested, out int returned, CudnnAlgorithmPerformance* results) =>
            Cudnn.cudnnGetConvolutionBackwardFilterAlgorithm_v7(
                handle, d.X, d.Y, d.Convolution, d.Weights, requested, out returned, results);
    }

    /// <summary>Computes gw from an input of the shape <see cref="ConvolutionKey.ConvolvedX"/>.</summary>
    public void Run(DevicePointer x, DevicePointer gy, DevicePointer gw)
    {
        DevicePointer source = _scratch.Read(x, _x);
        DevicePointer gradient = _scratch.Read(gy, _gy);
        if (!Device.IsDry)
        {
            Device.MakeCurrent();
            Execute(source, gradient, _scratch.Written(gw, _gw));
        }

        _scratch.Deliver(gw, _gw);
    }

    private void Execute(DevicePointer x, DevicePointer gy, DevicePointer gw) =>
        Cudnn.Check(Cudnn.cudnnConvolutionBackwardFilter(
            Handle, 1, Descriptors.X, x, Descriptors.Y, gy, Descriptors.Convolution, _algorithm.Number,
            _scratch.Workspace, _scratch.WorkspaceBytes, 0, Descriptors.Weights, gw));
}
