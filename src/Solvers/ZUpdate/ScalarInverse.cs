using InfAdmm.Engine;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// w = factor·e. Exact with factor 1/(ρ + ‖h‖²) if shifted kernels do not overlap on the stride grid, so that A Aᵀ =
/// ‖h‖² I (docs/mathematics.md §3); otherwise a baseline that any learned inverse must beat.
/// </summary>
/// <param name="factor">The factor that e is multiplied by.</param>
public sealed class ScalarInverse(double factor) : IGramInverse
{
    /// <summary>The z-solver <c>scalar</c>.</summary>
    public static ZSolver Solver { get; } = new Scalar();

    /// <inheritdoc/>
    public void Apply(Tensor e, Tensor w) => e.Device.Scale((float)factor, e, w);

    /// <summary>Does nothing.</summary>
    public void Dispose()
    {
    }

    private sealed class Scalar : InverseZSolver
    {
        public override string Name => "scalar";

        public override string Colour => "#000000";

        public override string? WhyNot(ZSolverContext context) => context.Operator.Gram switch
        {
            ScalarGram => null,
            UnstructuredGram unstructured => unstructured.Reason,
            _ => "A Aᵀ is not a multiple of the identity: shifted kernels overlap on the stride grid",
        };

        public override string Describe(ZSolverContext context) => "A Aᵀ = ‖h‖² I: one multiplication";

        public override IGramInverse CreateInverse(ZSolverContext context) =>
            new ScalarInverse(1 / (context.Rho + ((ScalarGram)context.Operator.Gram).Value));
    }
}
