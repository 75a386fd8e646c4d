using InfAdmm.Engine;

namespace InfAdmm.Nn.Autograd;

public static partial class Functional
{
    /// <summary>Mean of (x − target)² over all elements; the result has one element.</summary>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Variable MeanSquaredError(Variable x, Variable target)
    {
        var graph = Graph.Of(x, target);
        CheckSameShape(x, target, nameof(MeanSquaredError));
        Tensor loss = graph.Allocate(Shape.Scalar);
        float mean = 1f / x.Data.Count;
        graph.Device.SquaredDistance(x.Data, target.Data, loss);
        graph.Device.Scale(mean, loss, loss);
        return graph.Record(loss, AnyRequiresGradient(x, target), gradient =>
        {
            float slope = 2 * mean * gradient.ToScalar();
            x.AccumulateGradient(graph, gx => graph.Device.Combine(slope, x.Data, -slope, target.Data, gx));
            target.AccumulateGradient(graph, gt => graph.Device.Combine(slope, target.Data, -slope, x.Data, gt));
        });
    }
}
