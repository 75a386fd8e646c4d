using InfAdmm.Engine;

namespace InfAdmm.Nn.Layers;

/// <summary>How a layer treats the edge.</summary>
public enum Padding
{
    /// <summary>No padding: only whole kernels.</summary>
    Valid,

    /// <summary>'SAME' with zeros: ⌈size / stride⌉ outputs, the odd pixel of padding after.</summary>
    Same,

    /// <summary>'SAME' with the image wrapped around: for periodic operators.</summary>
    SameCircular,
}

internal static class PaddingExtensions
{
    public static Conv2dSpec ToSpec(this Padding padding, Shape input, Shape weights, int stride) => padding switch
    {
        Padding.Valid => Conv2dSpec.Valid(stride),
        Padding.Same => Conv2dSpec.Same(input, weights.H, weights.W, stride),
        _ => Conv2dSpec.Same(input, weights.H, weights.W, stride, Boundary.Periodic),
    };
}
