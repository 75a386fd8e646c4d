using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda.Convolutions;

/// <summary>The descriptors of a convolution: input, weights, output, and stride and padding.</summary>
internal sealed class CudnnDescriptors : IDisposable
{
    /// <summary>Creates the descriptors for a key, data type and math type.</summary>
    public CudnnDescriptors(in ConvolutionKey key, CudnnDataType type, CudnnMathType math)
    {
        Math = math;
        X = Tensor(key.ConvolvedX, type);
        Y = Tensor(key.Y, type);
        Weights = Filter(key.Weights, type);
        Convolution = VisitsOf(key);
        SetMath(math);
    }

    /// <summary>The input, padded if cuDNN does not support the padding.</summary>
    public CudnnTensorDescriptor X { get; }

    /// <summary>The weights.</summary>
    public CudnnFilterDescriptor Weights { get; }

    /// <summary>The output.</summary>
    public CudnnTensorDescriptor Y { get; }

    /// <summary>Padding, stride and math type; sums are in float32.</summary>
    public CudnnConvolutionDescriptor Convolution { get; }

    /// <summary>The requested math type.</summary>
    public CudnnMathType Math { get; }

    /// <summary>Creates the descriptor of a tensor in NCHW order.</summary>
    public static CudnnTensorDescriptor Tensor(Shape shape, CudnnDataType type)
    {
        Cudnn.Check(Cudnn.cudnnCreateTensorDescriptor(out CudnnTensorDescriptor descriptor));
        Cudnn.Check(Cudnn.cudnnSetTensor4dDescriptor(
            descriptor, CudnnTensorFormat.Nchw, type, shape.N, shape.C, shape.H, shape.W));
        return descriptor;
    }

    /// <summary>
    /// Sets the math type of the chosen algorithm. If float32 was requested, it is kept: the choice of the library may
    /// round to TF32.
    /// </summary>
    public void Adopt(CudnnMathType math)
    {
        if (Math != CudnnMathType.Fma)
        {
            SetMath(math);
        }
    }

    public void Dispose()
    {
        X.Dispose();
        Y.Dispose();
        Weights.Dispose();
        Convolution.Dispose();
    }

    private static CudnnFilterDescriptor Filter(Shape shape, CudnnDataType type)
    {
        Cudnn.Check(Cudnn.cudnnCreateFilterDescriptor(out CudnnFilterDescriptor descriptor));
        Cudnn.Check(Cudnn.cudnnSetFilter4dDescriptor(
            descriptor, type, CudnnTensorFormat.Nchw, shape.N, shape.C, shape.H, shape.W));
        return descriptor;
    }

    private static CudnnConvolutionDescriptor VisitsOf(in ConvolutionKey key)
    {
        int stride = key.Spec.Stride;
        int top = key.Pads ? 0 : key.Spec.Top;
        int left = key.Pads ? 0 : key.Spec.Left;
        Cudnn.Check(Cudnn.cudnnCreateConvolutionDescriptor(out CudnnConvolutionDescriptor descriptor));
        Cudnn.Check(Cudnn.cudnnSetConvolution2dDescriptor(
            descriptor, top, left, stride, stride, 1, 1, CudnnConvolutionMode.CrossCorrelation, CudnnDataType.Float));
        return descriptor;
    }

    private void SetMath(CudnnMathType math) => Cudnn.Check(Cudnn.cudnnSetConvolutionMathType(Convolution, math));
}

/// <summary>
/// The ops that are fused after a convolution: a bias, then a ReLU or nothing. cuDNN fuses only a ReLU that need not
/// propagate NaN.
/// </summary>
internal sealed class CudnnEpilogue : IDisposable
{
    /// <summary>Creates the descriptors of bias and activation.</summary>
    public CudnnEpilogue(in ConvolutionKey key, CudnnDataType type)
    {
        CudnnActivationMode mode = key.Activation == Engine.Activation.Relu
            ? CudnnActivationMode.Relu
            : CudnnActivationMode.Identity;
        Bias = CudnnDescriptors.Tensor(new Shape(1, key.Weights.N, 1, 1), type);
        Cudnn.Check(Cudnn.cudnnCreateActivationDescriptor(out CudnnActivationDescriptor activation));
        Activation = activation;
        Cudnn.Check(Cudnn.cudnnSetActivationDescriptor(activation, mode, CudnnNanPropagation.NotPropagate, 0));
    }

    /// <summary>One value for each output channel.</summary>
    public CudnnTensorDescriptor Bias { get; }

    /// <summary>The function that is applied to the sum.</summary>
    public CudnnActivationDescriptor Activation { get; }

    public void Dispose()
    {
        Bias.Dispose();
        Activation.Dispose();
    }
}
