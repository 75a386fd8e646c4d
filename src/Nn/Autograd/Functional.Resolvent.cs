using InfAdmm.Engine;

namespace InfAdmm.Nn.Autograd;

public static partial class Functional
{
    /// <summary>
    /// w = (M + ρI)⁻¹ e for a fixed self-adjoint M and ρ = exp(logRho), so that a trained ρ stays positive.
    /// Differentiable in e and logRho: with B = (M + ρI)⁻¹ and g the gradient in w, the gradient in e is B g. Since
    /// ∂w/∂ρ = −B w, the gradient in log ρ is −ρ⟨B g, w⟩.
    /// </summary>
    /// <param name="e">The right-hand side.</param>
    /// <param name="logRho">log ρ, a value of one element.</param>
    /// <param name="solve">Computes B x from ρ and x, and writes it to its third argument.</param>
    /// <exception cref="ShapeException">logRho has more than one element.</exception>
    public static Variable Resolvent(Variable e, Variable logRho, Action<float, Tensor, Tensor> solve)
    {
        var graph = Graph.Of(e, logRho);
        if (logRho.Shape != Shape.Scalar)
        {
            throw new ShapeException($"{nameof(Resolvent)}: log ρ must have one element, got {logRho.Shape}");
        }

        float rho = MathF.Exp(logRho.Data.ToScalar());
        Tensor w = graph.Allocate(e.Shape);
        solve(rho, e.Data, w);
        return graph.Record(w, AnyRequiresGradient(e, logRho), gw =>
        {
            Tensor ge = graph.Allocate(e.Shape);
            solve(rho, gw, ge);
            e.AccumulateGradient(graph, target => graph.Device.Copy(ge, target));
            logRho.AccumulateGradient(graph, target =>
            {
                graph.Device.Dot(ge, w, target);
                graph.Device.Scale(-rho, target, target);
            });
        });
    }
}
