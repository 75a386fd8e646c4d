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
        Tensor difference = graph.Allocate(x.Shape);
        Tensor loss = graph.Allocate(Shape.Scalar);
        float mean = 1f / x.Data.Count;
        graph.Device.Combine(1, x.Data, -1, target.Data, difference);
        graph.Device.SumOfMagnitudes(difference, loss);
        graph.Device.Scale(mean, loss, loss);
        return graph.Record(loss, AnyRequiresGradient(x, target), gradient =>
        {
            float slope = mean * gradient.ToScalar();
            x.AccumulateGradient(graph, gx => ScaledSign(graph, slope, difference, gx));
            target.AccumulateGradient(graph, gt => ScaledSign(graph, -slope, difference, gt));
        });
    }

    /// <summary>result = scale·sign(x): a gate of x, less one of −x.</summary>
    private static void ScaledSign(Graph graph, float scale, Tensor x, Tensor result)
    {
        Device device = graph.Device;
        using Tensor negative = device.Allocate(x.Shape);
        using Tensor constant = device.Allocate(x.Shape);
        device.Fill(scale, constant);
        device.Scale(-1, x, negative);
        device.ReluBackward(x, constant, result);
        device.ReluBackward(negative, constant, negative);
        device.Combine(1, result, -1, negative, result);
    }
}
