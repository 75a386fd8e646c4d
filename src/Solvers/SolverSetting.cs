using InfAdmm.Engine;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Solvers;

/// <summary>A z-solver with the options that decide how accurate it is.</summary>
/// <param name="Solver">The solver.</param>
/// <param name="InnerLoop">The stopping criteria of its inner loop, if it has one.</param>
/// <param name="Refinements">The number of refinement steps, if it takes any.</param>
public sealed record SolverSetting(ZSolver Solver, InnerLoopSpec InnerLoop, int Refinements)
{
    private const int MostRefinements = 6;

    private static readonly float[] Tolerances =
        [3e-1f, 1e-1f, 3e-2f, 1e-2f, 3e-3f, 1e-3f, 3e-4f, 1e-4f, 3e-5f, 1e-5f, 3e-6f, 1e-6f, 3e-7f, 1e-7f];

    /// <summary>A solver with the options of a context.</summary>
    public SolverSetting(ZSolver solver, ZSolverContext context)
        : this(solver, context.InnerLoop with { Cancellation = default }, context.Refinements)
    {
    }

    /// <summary>
    /// The settings of a solver, from the least accurate one to the most accurate one: with an inner loop, tolerances
    /// down to that of the context; otherwise numbers of refinement steps, for a solver that takes them.
    /// </summary>
    public static IReadOnlyList<SolverSetting> LeastAccurateFirst(ZSolver solver, ZSolverContext context)
    {
        var own = new SolverSetting(solver, context);
        if (solver.HasInnerLoop)
        {
            InnerLoopSpec spec = own.InnerLoop;
            return
            [
                .. Tolerances.Where(tolerance => tolerance > spec.Tolerance)
                    .Select(tolerance => own with { InnerLoop = spec with { Tolerance = tolerance } }),
                own,
            ];
        }

        return solver.TakesRefinements
            ? [.. Enumerable.Range(0, MostRefinements + 1).Select(count => own with { Refinements = count })]
            : [own];
    }

    /// <summary>The context with these options, and its own token for cancellation.</summary>
    public ZSolverContext Of(ZSolverContext context) => context with
    {
        InnerLoop = InnerLoop with { Cancellation = context.InnerLoop.Cancellation },
        Refinements = Refinements,
    };
}
