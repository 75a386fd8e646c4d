using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace InfAdmm.Kernels.Cuda.Interop;

/// <summary>cudnnDataType_t.</summary>
internal enum CudnnDataType
{
    Float = 0,
    Half = 2,
}

/// <summary>cudnnTensorFormat_t.</summary>
internal enum CudnnTensorFormat
{
    Nchw = 0,
}

/// <summary>cudnnConvolutionMode_t.</summary>
internal enum CudnnConvolutionMode
{
    CrossCorrelation = 1,
}

/// <summary>cudnnMathType_t. The default of cuDNN allows TF32; <see cref="Fma"/> is float32.</summary>
internal enum CudnnMathType
{
    Default = 0,
    TensorOp = 1,
    TensorOpAllowConversion = 2,
    Fma = 3,
}

/// <summary>cudnnActivationMode_t.</summary>
internal enum CudnnActivationMode
{
    Relu = 1,
    Identity = 5,
}

/// <summary>cudnnNanPropagation_t.</summary>
internal enum CudnnNanPropagation
{
    NotPropagate = 0,
}

/// <summary>cudnnConvolution{Fwd,BwdData,BwdFilter}AlgoPerf_t: 48 bytes, the same for all three.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CudnnAlgorithmPerformance
{
    public int Algorithm;
    public int Status;
    public float Time;
    public nuint Memory;
    public int Determinism;
    public CudnnMathType MathType;
    private readonly int _reserved0;
    private readonly int _reserved1;
    private readonly int _reserved2;
}

/// <summary>cudnnHandle_t.</summary>
internal sealed class CudnnHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle() => Cudnn.cudnnDestroy(handle) == 0;
}

/// <summary>cudnnTensorDescriptor_t.</summary>
internal sealed class CudnnTensorDescriptor() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle() => Cudnn.cudnnDestroyTensorDescriptor(handle) == 0;
}

/// <summary>cudnnFilterDescriptor_t.</summary>
internal sealed class CudnnFilterDescriptor() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle() => Cudnn.cudnnDestroyFilterDescriptor(handle) == 0;
}

/// <summary>cudnnConvolutionDescriptor_t.</summary>
internal sealed class CudnnConvolutionDescriptor() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle() => Cudnn.cudnnDestroyConvolutionDescriptor(handle) == 0;
}

/// <summary>cudnnActivationDescriptor_t.</summary>
internal sealed class CudnnActivationDescriptor() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle() => Cudnn.cudnnDestroyActivationDescriptor(handle) == 0;
}
