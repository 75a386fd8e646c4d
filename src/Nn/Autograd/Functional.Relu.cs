using InfAdmm.Engine;

namespace InfAdmm.Nn.Autograd;

public static partial class Functional
{
    /// <summary>max(x, 0).</summary>
    public static Variable Relu(Variable x)
    {
        var graph = Graph.Of(x);
        Tensor y = graph.Allocate(x.Shape);
        graph.Device.Relu(x.Data, y);
        return graph.Record(
            y, x.RequiresGradient,
            gy => x.AccumulateGradient(graph, gx => graph.Device.ReluBackward(y, gy, gx)));
    }
}
