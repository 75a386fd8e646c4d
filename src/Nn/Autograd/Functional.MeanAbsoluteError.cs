using InfAdmm.Engine;

namespace InfAdmm.Nn.Autograd;

public static partial class Functional
{
    /// <summary>
    /// Mean of |x − target| over all elements; the result has one element. The gradient is 0 where x equals target.
    /// </summary>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Variable MeanAbsoluteError(Variable x, Variable target)
    {
        var graph = Graph.Of(x, target);
        CheckSameShape(x, target, nameof(MeanAbsoluteError));
        Device device = graph.Device;
        Tensor loss = graph.Allocate(Shape.Scalar);
        float mean = 1f / x.Data.Count;
        device.AbsoluteDistance(x.Data, target.Data, loss);
        device.Scale(mean, loss, loss);
        return graph.Record(loss, AnyRequiresGradient(x, target), gradient =>
        {
            float slope = mean * gradient.ToScalar();
            x.AccumulateGradient(graph, gx => device.AbsoluteDistanceBackward(slope, x.Data, target.Data, gx));
            target.AccumulateGradient(graph, gt => device.AbsoluteDistanceBackward(slope, target.Data, x.Data, gt));
        });
    }
}
