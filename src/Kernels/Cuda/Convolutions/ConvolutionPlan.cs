using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda.Convolutions;

/// <summary>
/// A convolution or a gradient of one through cuDNN: descriptors, algorithm and workspace chosen once. cuDNN loads its
/// kernels at their first use, which must not happen in a capture: a plan runs once, on scratch memory, when made.
/// </summary>
internal abstract class ConvolutionPlan : IDisposable
{
    /// <summary>Describes the convolution.</summary>
    protected ConvolutionPlan(CudaDevice device, CudnnHandle handle, in ConvolutionKey key, bool half)
    {
        Device = device;
        Handle = handle;
        Key = key;
        IsHalf = half;

        // Gradients stay in float32 on a device of half precision.
        bool tensorCores = half || device.Precision == CudaPrecision.Tf32;
        CudnnMathType math = tensorCores ? CudnnMathType.TensorOp : CudnnMathType.Fma;
        Descriptors = new CudnnDescriptors(key, half ? CudnnDataType.Half : CudnnDataType.Float, math);
    }

    /// <summary>What the plan is for.</summary>
    public ConvolutionKey Key { get; }

    /// <summary>True if cuDNN is given half precision; sums are in float32.</summary>
    public bool IsHalf { get; }

    protected CudaDevice Device { get; }

    protected CudnnHandle Handle { get; }

    protected CudnnDescriptors Descriptors { get; }

    /// <summary>Makes the plan of a pass.</summary>
    public static ConvolutionPlan Create(CudaDevice device, CudnnHandle handle, in ConvolutionKey key) =>
        key.Pass switch
        {
            ConvolutionPass.Forward => new ForwardConvolution(device, handle, key),
            ConvolutionPass.BackwardInput => new BackwardInputConvolution(device, handle, key),
            _ => new BackwardWeightsConvolution(device, handle, key),
        };

    public virtual void Dispose() => Descriptors.Dispose();
}
