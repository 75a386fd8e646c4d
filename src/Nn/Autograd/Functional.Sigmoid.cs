using InfAdmm.Engine;

namespace InfAdmm.Nn.Autograd;

public static partial class Functional
{
    /// <summary>1 / (1 + exp(−x)).</summary>
    public static Variable Sigmoid(Variable x)
    {
        var graph = Graph.Of(x);
        Tensor y = graph.Allocate(x.Shape);
        graph.Device.Sigmoid(x.Data, y);
        return graph.Record(
            y, x.RequiresGradient,
            gy => x.AccumulateGradient(graph, gx => graph.Device.SigmoidBackward(y, gy, gx)));
    }
}
