using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cuda.Convolutions;

/// <summary>The three computations of a convolution layer.</summary>
internal enum ConvolutionPass
{
    /// <summary>The output, from input and weights.</summary>
    Forward,

    /// <summary>The gradient of the input, from the gradient of the output and the weights.</summary>
    BackwardInput,

    /// <summary>The gradient of the weights, from the input and the gradient of the output.</summary>
    BackwardWeights,
}

/// <summary>The key of a cuDNN plan.</summary>
/// <param name="Pass">The computation.</param>
/// <param name="X">The shape of the layer's input.</param>
/// <param name="Weights">The shape of the weights.</param>
/// <param name="Spec">Stride, padding and boundary.</param>
/// <param name="Activation">The function that is applied to the result; None for gradients.</param>
/// <param name="HasBias">True if a bias is added to the result.</param>
/// <param name="IsAligned">
/// True if all operands are aligned to <see cref="ConvolutionScratch.Alignment"/> bytes, so that cuDNN can use them where they
/// are.
/// </param>
internal readonly record struct ConvolutionKey(
    ConvolutionPass Pass, Shape X, Shape Weights, Conv2dSpec Spec, Activation Activation, bool HasBias, bool IsAligned)
{
    /// <summary>The shape of the layer's output.</summary>
    public Shape Y => Spec.Output(X, Weights);

    /// <summary>
    /// True if cuDNN does not support the padding of the spec: it supports only zeros, with the same padding on
    /// opposite sides. The input is then padded, or its gradient cropped and folded, by a hand-written kernel.
    /// </summary>
    public bool Pads => Spec.Boundary == Boundary.Zero
        ? Spec.Top != Spec.Bottom || Spec.Left != Spec.Right
        : (Spec.Top | Spec.Bottom | Spec.Left | Spec.Right) != 0;

    /// <summary>The shape of the input that is passed to cuDNN.</summary>
    public Shape ConvolvedX => Pads
        ? X with { H = X.H + Spec.Top + Spec.Bottom, W = X.W + Spec.Left + Spec.Right }
        : X;
}
