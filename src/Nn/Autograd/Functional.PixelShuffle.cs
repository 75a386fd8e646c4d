using InfAdmm.Engine;

namespace InfAdmm.Nn.Autograd;

public static partial class Functional
{
    /// <summary>Depth to space, (N, C·f², H, W) → (N, C, H·f, W·f): <see cref="Device.PixelShuffle"/>.</summary>
    /// <exception cref="ShapeException">factor² does not divide the channel count.</exception>
    public static Variable PixelShuffle(Variable x, int factor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        var graph = Graph.Of(x);
        Shape full = x.Shape.Upsampled(factor) with { C = x.Shape.C / (factor * factor) };
        Tensor y = graph.Allocate(full);
        graph.Device.PixelShuffle(x.Data, factor, y);
        return graph.Record(
            y, x.RequiresGradient,
            gy => x.AccumulateGradient(graph, gx => graph.Device.PixelUnshuffle(gy, factor, gx)));
    }

    /// <summary>
    /// Space to depth, (N, C, H·f, W·f) → (N, C·f², H, W): the inverse of <see cref="PixelShuffle"/>.
    /// </summary>
    /// <exception cref="ShapeException">The factor does not divide height and width.</exception>
    public static Variable PixelUnshuffle(Variable x, int factor)
    {
        var graph = Graph.Of(x);
        Shape packed = x.Shape.Downsampled(factor) with { C = x.Shape.C * factor * factor };
        Tensor y = graph.Allocate(packed);
        graph.Device.PixelUnshuffle(x.Data, factor, y);
        return graph.Record(
            y, x.RequiresGradient,
            gy => x.AccumulateGradient(graph, gx => graph.Device.PixelShuffle(gy, factor, gx)));
    }
}
