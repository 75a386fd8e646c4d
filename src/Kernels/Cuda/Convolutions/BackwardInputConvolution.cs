using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda.Convolutions;

/// <summary>The gradient of a convolution in its input, on the grid that cuDNN is given; float32 or TF32.</summary>
internal sealed unsafe class BackwardInputConvolution : ConvolutionPlan
{
    private readonly CudnnAlgorithm _algorithm;
    private readonly ConvolutionScratch _scratch;
    private readonly OperandPlace _gy;
    private readonly OperandPlace _weights;
    private readonly OperandPlace _gx;

    /// <summary>Chooses the algorithm and runs it once.</summary>
    public BackwardInputConvolution(CudaDevice device, CudnnHandle handle, in ConvolutionKey key)
        : base(device, handle, key, half: false)
    {
        CudnnDescriptors d = Descriptors;
        _algorithm = CudnnAlgorithm.Choose(key, Query);
        d.Adopt(_algorithm.MathType);
        Cudnn.Check(Cudnn.cudnnGetConvolutionBackwardDataWorkspaceSize(
            handle, d.Weights, d.Y, d.Convolution, d.X, _algorithm.Number, out nuint workspaceBytes));
        _scratch = new ConvolutionScratch(device, half: false, workspaceBytes);
        _gy = _scratch.Add(key.Y.Count);
        _weights = _scratch.Add(key.Weights.Count);
        _gx = _scratch.Add(key.ConvolvedX.Count);
        Execute(_scratch.At(_gy), _scratch.At(_weights), _scratch.At(_gx));

        int Query(int requested, out int returned, CudnnAlgorithmPerformance* results) =>
            Cudnn.cudnnGetConvolutionBackwardDataAlgorithm_v7(
                handle, d.Weights, d.Y, d.Convolution, d.X, requested, out returned, results);
    }

    /// <summary>Computes gx, of the shape <see cref="ConvolutionKey.ConvolvedX"/>.</summary>
    public void Run(DevicePointer gy, DevicePointer weights, DevicePointer gx)
    {
        DevicePointer source = _scratch.Read(gy, _gy);
        DevicePointer filter = _scratch.Read(weights, _weights);
        if (!Device.IsDry)
        {
            Device.MakeCurrent();
            Execute(source, filter, _scratch.Written(gx, _gx));
        }

        _scratch.Deliver(gx, _gx);
    }

    private void Execute(DevicePointer gy, DevicePointer weights, DevicePointer gx) =>
        Cudnn.Check(Cudnn.cudnnConvolutionBackwardData(
            Handle, 1, Descriptors.Weights, weights, Descriptors.Y, gy, Descriptors.Convolution, _algorithm.Number,
            _scratch.Workspace, _scratch.WorkspaceBytes, 0, Descriptors.X, gx));
}
