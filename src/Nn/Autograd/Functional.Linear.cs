using InfAdmm.Engine;

namespace InfAdmm.Nn.Autograd;

public static partial class Functional
{
    /// <summary>
    /// A fixed linear map, given with its adjoint: each writes its second argument from its first. Differentiable in x.
    /// </summary>
    /// <param name="x">What the map is applied to.</param>
    /// <param name="output">The shape of its result.</param>
    /// <param name="apply">Computes A x.</param>
    /// <param name="adjoint">Computes Aᵀ y.</param>
    public static Variable Linear(
        Variable x, Shape output, Action<Tensor, Tensor> apply, Action<Tensor, Tensor> adjoint)
    {
        var graph = Graph.Of(x);
        Tensor y = graph.Allocate(output);
        apply(x.Data, y);
        return graph.Record(
            y, x.RequiresGradient, gy => x.AccumulateGradient(graph, gx => adjoint(gy, gx)));
    }
}
