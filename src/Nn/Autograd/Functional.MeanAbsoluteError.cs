using InfAdmm.Engine;

namespace InfAdmm.Nn.Autograd;

public static partial class Functional
{
    /// <summary>
    /// The mean of |x − target|, one element, of equal shapes. Where both are equal the gradient is 0.
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
