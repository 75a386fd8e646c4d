using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// The z-solvers with small filters on the measurement grid (<see cref="LocalFilters"/>): <c>local</c> and
/// <c>learned-local</c> apply them once per call, <c>pcg-local</c> and <c>pcg-learned</c> precondition conjugate
/// gradients with them. The filters of the first and third are analytic, without training: the control of the others.
/// </summary>
public sealed class LocalSolver : ZSolver
{
    /// <summary>The reason why a learned solver does not apply if only the training is missing.</summary>
    public const string NoFilters = "there are no filters for this operator and ρ: train an inverse for it";

    /// <summary>What counting the neighbours that a mask keeps costs, in products with A and Aᵀ, at most.</summary>
    private const int MaskProducts = 8;

    private readonly bool _isLearned;
    private readonly bool _isPreconditioner;

    private LocalSolver(string name, string colour, bool isLearned, bool isPreconditioner)
    {
        (Name, Colour, _isLearned, _isPreconditioner) = (name, colour, isLearned, isPreconditioner);
    }

    /// <summary>The z-solver <c>local</c>.</summary>
    public static ZSolver Analytic { get; } = new LocalSolver("local", "#BBBBBB", false, false);

    /// <summary>The z-solver <c>learned-local</c>.</summary>
    public static ZSolver Learned { get; } = new LocalSolver("learned-local", "#EE3377", true, false);

    /// <summary>The z-solver <c>pcg-local</c>.</summary>
    public static ZSolver AnalyticPreconditioner { get; } = new LocalSolver("pcg-local", "#666633", false, true);

    /// <summary>The z-solver <c>pcg-learned</c>.</summary>
    public static ZSolver LearnedPreconditioner { get; } = new LocalSolver("pcg-learned", "#AA3377", true, true);

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override string Colour { get; }

    /// <inheritdoc/>
    public override bool HasInnerLoop => _isPreconditioner;

    /// <inheritdoc/>
    public override bool IsLearned => _isLearned;

    /// <inheritdoc/>
    public override bool TakesRefinements => !_isPreconditioner;

    /// <inheritdoc/>
    public override bool IsWarmStarted => true;

    /// <inheritdoc/>
    public override string? WhyNot(ZSolverContext context)
    {
        if (context.Update == UpdateForm.Published)
        {
            return "the published update needs an inverse on the measurement grid, which this solver does not have";
        }

        if (context.Operator.Local is not { } model)
        {
            return "the operator is not described by kernels on a grid";
        }

        if (context.Operator.Gram is ScalarGram)
        {
            return "the inverse is a number: use scalar";
        }

        if (context.Operator.Gram is CirculantGram && (_isPreconditioner || !_isLearned))
        {
            return "the inverse needs no approximation: use fft";
        }

        if (!_isLearned)
        {
            return Untrained(context, model).WhyNot(context.Operator.MeasurementShape);
        }

        return context.FindFilters() is { } filters
            ? filters.WhyNot(context.Operator.MeasurementShape)
            : NoFilters;
    }

    /// <inheritdoc/>
    public override string Describe(ZSolverContext context)
    {
        string filters = _isLearned ? "learned filters" : "analytic filters";
        return _isPreconditioner ? $"A, inner loop with A after Aᵀ and small {filters}" : $"A, small {filters}, Aᵀ";
    }

    /// <summary>For trained filters, the range that they were trained for.</summary>
    public override (double Least, double Largest) RhoRange(ZSolverContext context) =>
        _isLearned && context.FindFilters() is { } filters
            ? (filters.LeastRho, filters.LargestRho)
            : base.RhoRange(context);

    /// <inheritdoc/>
    public override int SetupProducts(ZSolverContext context) =>
        (_isPreconditioner ? 0 : 2 * WarmInverseUpdate.PowerIterations)
        + (context.Operator.Local?.Mask is null ? 0 : MaskProducts);

    /// <inheritdoc/>
    public override IZUpdate Create(ZSolverContext context)
    {
        LocalModel model = context.Operator.Local!;
        LocalFilters filters = _isLearned ? context.FindFilters()! : Untrained(context, model);
        LocalInverse inverse =
            filters.ToInverse(context.Operator.Device, model, context.Rho, context.Operator.MeasurementShape);
        if (_isPreconditioner)
        {
            return new PreconditionedUpdate(context, inverse);
        }

        var update = new WarmInverseUpdate(context, inverse);
        return context.GuardTolerance is { } tolerance
            ? new GuardedUpdate(update, tolerance, context.InnerLoop.MaxIterations)
            : update;
    }

    private static LocalFilters Untrained(ZSolverContext context, LocalModel model) =>
        LocalFilters.Analytic(model, context.Rho);
}
