using InfAdmm.Engine;
using InfAdmm.Engine.Inference;

namespace InfAdmm.Bench.Peers;

/// <summary>
/// The paper's networks with random weights that keep values at order 1 (He et al., ICCV 2015). Batch normalization
/// is a scale and shift near the identity, folded into the convolutions.
/// </summary>
internal sealed class Networks(Random random)
{
    /// <summary>The conditional auto-encoders of Tables 2 and 3: a factor of 4 or 2, y of three channels.</summary>
    public NetworkNode PixelShuffle(int batch, int size, int factor)
    {
        int channels = 3 * factor * factor;
        NetworkNode x = NetworkNode.Input(new Shape(batch, 3, size, size)).PixelUnshuffle(factor);
        x = Normalized(x, 128);
        x = Normalized(x, 64);
        x = Normalized(x, 32);
        x = x.Concat(NetworkNode.Input(new Shape(batch, 3, size / factor, size / factor), index: 1));
        x = Normalized(x, 64);
        x = Normalized(x, 128);
        return Normalized(x, channels).PixelShuffle(factor);
    }

    /// <summary>The learned inverse of Table 4, with a boundary of zeros and without biases.</summary>
    public NetworkNode Inverse(int channels, int size)
    {
        NetworkNode x = NetworkNode.Input(new Shape(1, channels, size, size));
        Conv2dSpec spec = Conv2dSpec.Same(x.Shape, 4, 4);
        x = Transposed(x, 32, 4, spec, x.Shape, Activation.Relu, hasBias: false);
        x = Transposed(x, 64, 4, spec, x.Shape, Activation.Relu, hasBias: false);
        x = Convolution(x, 32, 4, spec, Activation.Relu, hasBias: false);
        return Convolution(x, channels, 4, spec, Activation.None, hasBias: false);
    }

    /// <summary>The auto-encoder of digits of Table 1.</summary>
    public NetworkNode Mnist(int batch)
    {
        NetworkNode x = NetworkNode.Input(new Shape(batch, 1, 28, 28));
        Shape full = x.Shape;
        Conv2dSpec outer = Conv2dSpec.Same(full, 5, 5, 2);
        x = Convolution(x, 32, 5, outer, Activation.Relu);
        Shape half = x.Shape;
        Conv2dSpec inner = Conv2dSpec.Same(half, 5, 5, 2);
        x = Convolution(x, 64, 5, inner, Activation.Relu);
        x = Convolution(x, 128, 5, Conv2dSpec.Valid(2), Activation.Relu);
        x = Convolution(x, 64, 2, Conv2dSpec.Valid(), Activation.None);
        x = Transposed(x, 128, 3, Conv2dSpec.Valid(), new Shape(batch, 0, 3, 3), Activation.Relu);
        x = Transposed(x, 64, 5, Conv2dSpec.Valid(), new Shape(batch, 0, 7, 7), Activation.Relu);
        x = Transposed(x, 32, 5, inner, half, Activation.Relu);
        return Transposed(x, 1, 5, outer, full, Activation.Sigmoid);
    }

    private ConvolutionNode Normalized(NetworkNode x, int channels)
    {
        ConvolutionNode convolution = Convolution(x, channels, 4, Conv2dSpec.Same(x.Shape, 4, 4), Activation.None);
        float[] scale = [.. Enumerable.Range(0, channels).Select(_ => 1 + Normal(0.1))];
        float[] shift = [.. Enumerable.Range(0, channels).Select(_ => Normal(0.1))];
        return convolution.ScaleShift(scale, shift, Activation.Relu);
    }

    private ConvolutionNode Convolution(
        NetworkNode x, int channels, int kernel, Conv2dSpec spec, Activation activation, bool hasBias = true) =>
        x.Conv2d(Weights(channels, x.Shape.C, kernel, x.Shape.C, hasBias ? channels : 0), spec, activation);

    private ConvolutionNode Transposed(
        NetworkNode x, int channels, int kernel, Conv2dSpec spec, Shape output, Activation activation,
        bool hasBias = true)
    {
        ConvolutionWeights weights = Weights(x.Shape.C, channels, kernel, x.Shape.C, hasBias ? channels : 0);
        return x.ConvTranspose2d(weights, spec, output with { C = channels }, activation);
    }

    private ConvolutionWeights Weights(int first, int second, int kernel, int sources, int biases)
    {
        var shape = new Shape(first, second, kernel, kernel);
        double scale = Math.Sqrt(2.0 / (sources * kernel * kernel));
        float[] values = [.. Enumerable.Range(0, (int)shape.Count).Select(_ => Normal(scale))];
        float[]? bias = biases == 0 ? null : [.. Enumerable.Range(0, biases).Select(_ => Normal(0.1))];
        return new ConvolutionWeights(shape, values, bias);
    }

    private float Normal(double scale) => RandomValues.Normal(random, scale);
}
