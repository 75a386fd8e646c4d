using InfAdmm.Engine;

namespace InfAdmm.Nn.Autograd;

public static partial class Functional
{
    /// <summary>Concatenates x and y along the channels; batch, height and width must be equal.</summary>
    /// <exception cref="ShapeException">Batch, height or width differ.</exception>
    public static Variable Concat(Variable x, Variable y)
    {
        var graph = Graph.Of(x, y);
        if (x.Shape != y.Shape with { C = x.Shape.C })
        {
            throw new ShapeException(
                $"{nameof(Concat)}: {x.Shape} and {y.Shape} cannot be concatenated along the channels");
        }

        (int first, int second) = (x.Shape.C, y.Shape.C);
        Tensor joined = graph.Allocate(x.Shape with { C = first + second });
        graph.Device.CopyChannels(x.Data, 0, first, joined, 0);
        graph.Device.CopyChannels(y.Data, 0, second, joined, first);
        return graph.Record(joined, AnyRequiresGradient(x, y), gradient =>
        {
            x.AccumulateGradient(graph, gx => graph.Device.CopyChannels(gradient, 0, first, gx, 0));
            y.AccumulateGradient(graph, gy => graph.Device.CopyChannels(gradient, first, second, gy, 0));
        });
    }
}
