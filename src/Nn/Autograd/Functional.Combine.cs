using InfAdmm.Engine;

namespace InfAdmm.Nn.Autograd;

public static partial class Functional
{
    /// <summary>alpha·x + beta·y, elementwise; x and y have equal shapes.</summary>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Variable Combine(float alpha, Variable x, float beta, Variable y)
    {
        var graph = Graph.Of(x, y);
        CheckSameShape(x, y, nameof(Combine));
        Tensor result = graph.Allocate(x.Shape);
        graph.Device.Combine(alpha, x.Data, beta, y.Data, result);
        return graph.Record(result, AnyRequiresGradient(x, y), gradient =>
        {
            x.AccumulateGradient(graph, gx => graph.Device.Scale(alpha, gradient, gx));
            y.AccumulateGradient(graph, gy => graph.Device.Scale(beta, gradient, gy));
        });
    }

    /// <summary>Returns the same elements with another shape of equal element count.</summary>
    public static Variable Reshape(Variable x, Shape shape)
    {
        var graph = Graph.Of(x);
        return graph.Record(
            x.Data.Reshape(shape), x.RequiresGradient,
            gradient => x.AccumulateGradient(graph, gx => graph.Device.Copy(gradient, gx)));
    }
}
