using InfAdmm.Engine;
using InfAdmm.Engine.Inference;

namespace InfAdmm.Kernels.Cuda.Inference;

/// <summary>
/// A transposed convolution of stride 1 as a forward convolution: gx[i] = Σ gy[i + top − k]·w[k] is a convolution of gy
/// with the mirrored filter and the mirrored padding. It can use the faster forward algorithms, with fused bias and
/// ReLU.
/// </summary>
internal static class MirroredConvolution
{
    /// <summary>
    /// The forward convolution; null for larger strides, and for periodic boundaries if the convolution changes the
    /// size.
    /// </summary>
    public static ConvolutionNode? Of(ConvolutionNode node)
    {
        Conv2dSpec spec = node.Spec;
        Shape filter = node.Weights.Shape;
        bool fits = spec.Top < filter.H && spec.Bottom < filter.H && spec.Left < filter.W && spec.Right < filter.W;
        bool keepsSize = node.Shape.H == node.Source.Shape.H && node.Shape.W == node.Source.Shape.W;
        if (!node.Transposed || spec.Stride != 1 || !fits || (spec.Boundary == Boundary.Periodic && !keepsSize))
        {
            return null;
        }

        var mirrored = new Conv2dSpec(
            1, filter.H - 1 - spec.Top, filter.W - 1 - spec.Left, filter.H - 1 - spec.Bottom, filter.W - 1 - spec.Right,
            spec.Boundary);
        float[]? bias = node.Weights.Bias is null ? null : [.. node.Weights.Bias];
        Shape shape = filter with { N = filter.C, C = filter.N };
        var weights = new ConvolutionWeights(shape, Mirrored(node.Weights), bias);
        return node.Source.Conv2d(weights, mirrored, node.Activation);
    }

    /// <summary>Converts (Cin, Cout, Kh, Kw) to (Cout, Cin, Kh, Kw) with each filter rotated by 180°.</summary>
    private static float[] Mirrored(ConvolutionWeights weights)
    {
        Shape shape = weights.Shape;
        int taps = shape.PlaneSize;
        float[] mirrored = new float[weights.Values.Count];
        for (int input = 0; input < shape.N; input++)
        {
            for (int output = 0; output < shape.C; output++)
            {
                int source = (input * shape.C + output) * taps;
                int target = (output * shape.N + input) * taps;
                for (int tap = 0; tap < taps; tap++)
                {
                    mirrored[target + taps - 1 - tap] = weights.Values[source + tap];
                }
            }
        }

        return mirrored;
    }
}
