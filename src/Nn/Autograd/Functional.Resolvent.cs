using InfAdmm.Engine;

namespace InfAdmm.Nn.Autograd;

public static partial class Functional
{
    /// <summary>
    /// w = (M + ρI)⁻¹ e for a fixed self-adjoint M and ρ = exp(logRho), so that a trained ρ stays positive.
    /// Differentiable in both: with B = (M + ρI)⁻¹ the gradient in e is B g, and since ∂w/∂ρ = −B w, that in log ρ is
    /// −ρ⟨B g, w⟩.
    /// </summary>
    /// <param name="e">The right-hand side.</param>
    /// <param name="logRho">One element.</param>
    /// <param name="solve">Computes B x, from ρ and x, into its last argument.</param>
    /// <exception cref="ShapeException">logRho has more than one element.</exception>
    public static Variable Resolvent(Variable e, Variable logRho, Action<float, Tensor, Tensor> solve)
    {
        var graph = Graph.Of(e, logRho);
        if (logRho.Shape != Shape.Scalar)
        {
            throw new ShapeException($"{nameof(Resolvent)}: log ρ is one number, got {logRho.Shape}");
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
