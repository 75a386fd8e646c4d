using InfAdmm.Engine;

namespace InfAdmm.Nn.Autograd;

public static partial class Functional
{
    /// <summary>Maximum pooling: <see cref="Device.MaxPool2d"/>. Differentiable in x.</summary>
    public static Variable MaxPool2d(Variable x, PoolSpec spec)
    {
        var graph = Graph.Of(x);
        Tensor y = graph.Allocate(spec.Output(x.Shape));
        graph.Device.MaxPool2d(x.Data, spec, y);
        return graph.Record(
            y, x.RequiresGradient,
            gy => x.AccumulateGradient(graph, gx => graph.Device.MaxPool2dBackward(x.Data, gy, spec, gx)));
    }
}
