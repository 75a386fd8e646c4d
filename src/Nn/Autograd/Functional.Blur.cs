using InfAdmm.Engine;

namespace InfAdmm.Nn.Autograd;

public static partial class Functional
{
    /// <summary>
    /// Periodic blur and decimation of every plane with a fixed kernel, <see cref="Device.Blur(Tensor, Tensor, int,
    /// float, Tensor, Tensor)"/>. Differentiable in x.
    /// </summary>
    public static Variable Blur(Variable x, Tensor kernel, int stride = 1)
    {
        var graph = Graph.Of(x);
        Tensor y = graph.Allocate(x.Shape.Downsampled(stride));
        graph.Device.Blur(x.Data, kernel, stride, 1, null, y);
        return graph.Record(
            y, x.RequiresGradient,
            gy => x.AccumulateGradient(graph, gx => graph.Device.BlurAdjoint(gy, kernel, stride, 1, null, gx)));
    }
}
