using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cuda.Convolutions;

/// <summary>Which of the three products of a convolution layer is computed.</summary>
internal enum ConvolutionPass
{
    /// <summary>The output from input and weights.</summary>
    Forward,

    /// <summary>The input's gradient from the output's and the weights.</summary>
    BackwardInput,

    /// <summary>The weights' gradient from input and the output's.</summary>
    BackwardWeights,
}

/// <summary>What a plan of cuDNN is made for, once.</summary>
/// <param name="Pass">Which product.</param>
/// <param name="X">The shape of the layer's input.</param>
/// <param name="Weights">The shape of the weights.</param>
/// <param name="Spec">How the kernel visits the input.</param>
/// <param name="Activation">What is applied to the result; none for gradients.</param>
/// <param name="HasBias">True if a bias is added to the result.</param>
internal readonly record struct ConvolutionKey(
    ConvolutionPass Pass, Shape X, Shape Weights, Conv2dSpec Spec, Activation Activation, bool HasBias)
{
    /// <summary>The shape of the layer's output.</summary>
    public Shape Y => Spec.Output(X, Weights);

    /// <summary>
    /// True if cuDNN cannot pad as the spec says: it knows zeros alone, as many after as before. The input is then
    /// padded, or its gradient cropped and folded, by a kernel of ours.
    /// </summary>
    public bool Pads => Spec.Boundary == Boundary.Zero
        ? Spec.Top != Spec.Bottom || Spec.Left != Spec.Right
        : (Spec.Top | Spec.Bottom | Spec.Left | Spec.Right) != 0;

    /// <summary>The shape of the input that cuDNN is given.</summary>
    public Shape ConvolvedX => Pads
        ? X with { H = X.H + Spec.Top + Spec.Bottom, W = X.W + Spec.Left + Spec.Right }
        : X;
}
