using InfAdmm.Engine;

namespace InfAdmm.Nn.Autograd;

public static partial class Functional
{
    /// <summary>Applies a fixed linear map A, given as two functions. Differentiable in x.</summary>
    /// <param name="x">The operand.</param>
    /// <param name="output">The shape of A x.</param>
    /// <param name="apply">Computes A x from its first argument and writes it to its second.</param>
    /// <param name="adjoint">Computes Aᵀ y from its first argument and writes it to its second.</param>
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
