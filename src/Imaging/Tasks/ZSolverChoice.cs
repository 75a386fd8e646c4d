using InfAdmm.Engine;
using InfAdmm.Solvers;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Imaging.Tasks;

/// <summary>The z-update that restores images.</summary>
/// <param name="Solver">
/// The z-solver, one of <see cref="ZSolvers.All"/> or the caller's own; null for the one that
/// <see cref="SolverSelection"/> chooses, with its tolerance.
/// </param>
public sealed record ZSolverChoice(ZSolver? Solver)
{
    /// <summary>The ADMM iterations that a solver is chosen for.</summary>
    private const int UsualIterations = 5;

    /// <summary>The cheapest exact z-update.</summary>
    public static ZSolverChoice CheapestExact { get; } = new((ZSolver?)null);

    /// <summary>The trained inverses that the learned z-updates choose from.</summary>
    public IReadOnlyList<InverseWeights> Inverses { get; init; } = [];

    /// <summary>The trained filters that the learned z-updates choose from.</summary>
    public IReadOnlyList<LocalFilters> Filters { get; init; } = [];

    /// <summary>The number of refinement steps of the learned z-updates (<see cref="MeasurementUpdate"/>).</summary>
    public int Refinements { get; init; }

    /// <summary>The stopping criteria of inner loops.</summary>
    public InnerLoopSpec InnerLoop { get; init; } = InnerLoopSpec.Default;

    /// <summary>
    /// The relative error up to which learned z-updates are trusted (<see cref="ZSolverContext.GuardTolerance"/>); null
    /// if they run without a guard, and no error is bounded.
    /// </summary>
    public double? GuardTolerance { get; init; }

    /// <summary>The z-solver with a name, one of <see cref="ZSolvers.Names"/>.</summary>
    /// <exception cref="InputException">There is no such solver.</exception>
    public static ZSolverChoice Named(string name) => new(ZSolvers.Find(name));

    /// <summary>The ρ that there is an inverse for, if the z-solver is a learned one; otherwise none.</summary>
    public IReadOnlyList<double> TrainedRho(ImageTask task) =>
    [
        .. Inverses
            .Where(inverse => inverse.Architecture == Solver?.Architecture
                && inverse.Problem.IsSameAs(task.InverseProblem(inverse.Problem.Rho)))
            .Select(inverse => inverse.Problem.Rho),
    ];

    /// <summary>Creates the z-update for a measurement and ρ.</summary>
    /// <exception cref="InputException">The solver does not apply; the message says why.</exception>
    public IZUpdate Create(TaskOperator linearOperator, Tensor y, double rho) =>
        CreateForEach(linearOperator, y, [rho])[0];

    /// <summary>Creates the z-updates for a measurement and several ρ; dispose all of them together.</summary>
    /// <exception cref="InputException">The solver does not apply; the message says why.</exception>
    public IReadOnlyList<IZUpdate> CreateForEach(TaskOperator linearOperator, Tensor y, IReadOnlyList<double> rho)
    {
        // The smallest ρ is the hardest: what is accurate enough there is so everywhere.
        ZSolverContext context = Context(linearOperator, y, rho.Min());
        if (Solver is { } solver)
        {
            return ZSolvers.CreateForEach(solver, context, rho);
        }

        SolverSetting setting = SolverSelection.Choose(context, UsualIterations);
        if (rho.Any(value => setting.Solver.WhyNot(context with { Rho = value }) is not null))
        {
            // What was trained for the smallest ρ alone cannot be used for the others.
            context = context with { Weights = [], Filters = [] };
            setting = SolverSelection.Choose(context, UsualIterations);
        }

        return ZSolvers.CreateForEach(setting.Solver, setting.Of(context), rho);
    }

    /// <summary>Returns why the z-solver does not apply to a problem; null if it applies, or is still to be chosen.</summary>
    public string? WhyNot(TaskOperator linearOperator, Tensor y, double rho) =>
        Solver?.WhyNot(Context(linearOperator, y, rho));

    private ZSolverContext Context(TaskOperator linearOperator, Tensor y, double rho) =>
        linearOperator.Context(y, rho) with
        {
            Weights = Inverses,
            Filters = Filters,
            Refinements = Refinements,
            InnerLoop = InnerLoop,
            GuardTolerance = GuardTolerance,
        };
}
