using InfAdmm.Engine;

namespace InfAdmm.Nn.Layers;

/// <summary>How a layer pads the border of its input.</summary>
public enum Padding
{
    /// <summary>No padding: outputs exist only where the whole kernel lies inside the input.</summary>
    Valid,

    /// <summary>'SAME' with zeros: ⌈size / stride⌉ outputs; an odd padding has its extra pixel at the end.</summary>
    Same,

    /// <summary>'SAME' with the image wrapped around, for periodic operators.</summary>
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
