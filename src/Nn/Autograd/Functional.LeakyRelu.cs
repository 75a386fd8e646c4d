using InfAdmm.Engine;

namespace InfAdmm.Nn.Autograd;

public static partial class Functional
{
    /// <summary>
    /// x where x &gt; 0, otherwise slope·x, with 0 &lt; slope &lt; 1. No unit has a zero gradient everywhere.
    /// </summary>
    public static Variable LeakyRelu(Variable x, float slope = 0.01f)
    {
        var graph = Graph.Of(x);
        Tensor y = graph.Allocate(x.Shape);
        graph.Device.LeakyRelu(x.Data, slope, y);
        return graph.Record(
            y, x.RequiresGradient,
            gy => x.AccumulateGradient(graph, gx => graph.Device.LeakyReluBackward(y, gy, slope, gx)));
    }
}
