using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>The z-solvers of the library.</summary>
public static class ZSolvers
{
    /// <summary>
    /// All z-solvers, from the cheapest kind of inverse to the most expensive (docs/mathematics.md §3). A new solver
    /// needs one file and one line in this list.
    /// </summary>
    public static IReadOnlyList<ZSolver> All { get; } =
    [
        ScalarInverse.Solver,
        CirculantInverse.Solver,
        CholeskyInverse.Solver,
        ConjugateGradientInverse.Solver,
        CirculantPreconditioner.Solver,
        LocalSolver.AnalyticPreconditioner,
        LocalSolver.LearnedPreconditioner,
        ConjugateGradientImageUpdate.Solver,
        GradientDescentUpdate.Solver,
        LearnedSolver.Published,
        LearnedSolver.Linear,
        LocalSolver.Analytic,
        LocalSolver.Learned,
    ];

    /// <summary>All names, in the same order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(solver => solver.Name)];

    /// <summary>Returns the solver with a given name.</summary>
    /// <exception cref="InputException">There is no such solver; the message lists the names.</exception>
    public static ZSolver Find(string name) =>
        All.FirstOrDefault(solver => solver.Name == name)
        ?? throw new InputException($"unknown z-solver '{name}': choose from {string.Join(", ", Names)}")
        {
            Parameter = "z-solver",
        };

    /// <summary>Creates a solver by name.</summary>
    /// <exception cref="InputException">
    /// There is no such solver, or it does not apply; the message says why.
    /// </exception>
    public static IZUpdate Create(string name, ZSolverContext context) => Create(Find(name), context);

    /// <summary>Creates a solver.</summary>
    /// <exception cref="InputException">It does not apply; the message says why.</exception>
    public static IZUpdate Create(ZSolver solver, ZSolverContext context)
    {
        Check(solver, context);
        return solver.Create(context);
    }

    /// <summary>Creates an update for each of several ρ (<see cref="ZSolver.CreateForEach"/>).</summary>
    /// <exception cref="InputException">The solver does not apply for one of them; the message says why.</exception>
    public static IReadOnlyList<IZUpdate> CreateForEach(
        ZSolver solver, ZSolverContext context, IReadOnlyList<double> rho)
    {
        foreach (double value in rho)
        {
            Check(solver, context with { Rho = value });
        }

        return solver.CreateForEach(context, rho);
    }

    /// <summary>
    /// The cheapest solver that is exact and needs no training: scalar or fft if the structure of A Aᵀ allows it,
    /// otherwise conjugate gradients, which stop at the tolerance of <see cref="ZSolverContext.InnerLoop"/>.
    /// </summary>
    public static ZSolver CheapestExact(ILinearOperator linearOperator) => linearOperator.Gram switch
    {
        ScalarGram => ScalarInverse.Solver,
        CirculantGram => CirculantInverse.Solver,
        _ => linearOperator is IBlur ? CirculantPreconditioner.Solver : ConjugateGradientInverse.Solver,
    };

    private static void Check(ZSolver solver, ZSolverContext context)
    {
        if (solver.WhyNot(context) is { } reason)
        {
            throw new InputException($"the z-solver '{solver.Name}' cannot be used here: {reason}")
            {
                Parameter = "z-solver",
            };
        }
    }
}
