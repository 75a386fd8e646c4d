using System.Globalization;
using InfAdmm.Cli.Devices;
using InfAdmm.Cli.Laplace;
using InfAdmm.Cli.Options;
using InfAdmm.Cli.Terminal;
using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Solvers;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.Proximal;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Cli.Explain;

/// <summary>
/// Runs <c>explain</c>: the costs of every z-solver that applies, measured or predicted within a few seconds, and the
/// choice for the iterations of the preset (<see cref="SolverSelection"/>).
/// </summary>
internal static class ExplainHandler
{
    /// <summary>Explains the choice of a z-solver.</summary>
    public static int Run(
        ExplainOptions options, CommonOptions common, CommandOutput output, CancellationToken cancellation)
    {
        LaplaceSettings settings = LaplaceInput.Settings(options.Operator);
        TrainedInverses weights =
            options.Weights is { } file ? InverseFile.Load(file) : ShippedWeights.Inverses();
        MemoryNeed.Check($"--size {settings.Size}", "--size", 1, settings.Size, settings.Size, solvers: 1);
        using Device device = DeviceChoice.Create(common, output);
        using var problem = LaplaceProblem.Draw(device, settings, common.Seed);
        var context = new ZSolverContext(problem.Operator, problem.Y, settings.Rho)
        {
            Weights = weights.Networks,
            Filters = weights.Filters,
            InnerLoop = InnerLoopSpec.Default with { Cancellation = cancellation },
        };
        SolverSelection? measuring = null;
        IReadOnlyList<SolverCost> costs = [];
        output.Progress("explain", line =>
        {
            measuring = new SolverSelection(context, new SoftThreshold(), (float)problem.Threshold(settings.Rho));
            costs = measuring.Measure(settings.Iterations, line.Update, cancellation);
        });
        using SolverSelection selection = measuring!;
        ExplainedSolver[] solvers = [.. costs.Select(cost => Explained(cost, context, settings.Iterations))];
        SolverCost? chosen = SolverSelection.Best(costs, settings.Iterations, SolverSelection.UsualTolerance);
        string why = Why(chosen, selection, settings.Iterations);
        var report = new ExplainReport(
            "explain", Application.Version, new ReportedDevice(device.Name, device.Threads),
            Describe(problem.Operator, options.Operator, settings, selection), solvers, chosen?.Solver.Name ?? "none", why);
        Print(output, report, settings, problem.Operator.ImageShape, selection.MeasuredShape);
        if (output.OutDirectory is { } directory)
        {
            string figure = Path.Combine(directory, "structure.png");
            string? reason = StructureFigure.Write(figure, device, settings);
            output.Note(reason is null ? $"wrote {figure}" : $"no figure: {reason}");
        }

        output.Json(report, ReportJson.Default.ExplainReport);
        return ExitCode.Done;
    }

    private static string Why(SolverCost? chosen, SolverSelection selection, int iterations)
    {
        if (chosen is null)
        {
            return "no solver is accurate enough";
        }

        string known = chosen.ZRelativeError is null ? "" : " whose z error is known";
        string fastest = string.Create(
            CultureInfo.InvariantCulture, $"most direct of the fastest{known} for {iterations} iterations with set-up");
        string error = Units.Error(SolverSelection.UsualTolerance);
        return (chosen.IsPredicted, chosen.ZRelativeError) switch
        {
            (false, _) => $"{fastest}, at a z error up to {error}",
            (true, not null) => $"{fastest}, as predicted from the middle of the image, where the z error is at most {error}",
            _ => $"{fastest}, as predicted; its z error is not measured",
        };
    }

    private static ExplainedSolver Explained(SolverCost cost, ZSolverContext context, int iterations) => new(
        cost.Solver.Name, cost.Reason is null, SolverAdvice.WhyNot(cost.Solver, context),
        cost.Reason is null ? cost.Solver.Describe(context) : null, cost.SetupSeconds, cost.SecondsPerIteration,
        cost.Reason is null && cost.Solver.HasInnerLoop ? cost.Setting.InnerLoop.Tolerance : null,
        cost.Reason is null && cost.Solver.TakesRefinements ? cost.Setting.Refinements : null,
        cost.InnerIterations, cost.ZRelativeError, cost.Total(iterations), cost.IsPredicted);

    private static ExplainedOperator Describe(
        ILinearOperator a, OperatorOptions options, LaplaceSettings settings, SolverSelection selection)
    {
        (double smallest, double largest, bool isExact) = selection.Bounds;
        return new ExplainedOperator(
            settings.Size, settings.Stride, OperatorInput.KernelName(options, settings),
            OptionFactory.NameOf(a.Boundary), OptionFactory.NameOf(settings.Operator.Kind),
            (a as MaskedBlur)?.Mask.KeptCount, settings.Rho,
            a.MeasurementShape.Count, a.Gram.Kernel?.Height, a.Gram.Kernel?.Width, a.Gram is ScalarGram,
            smallest, largest,
            isExact, selection.Condition, settings.Iterations);
    }

    private static void Print(
        CommandOutput output, ExplainReport report, LaplaceSettings settings, Shape image, Shape measured)
    {
        ExplainedOperator a = report.Operator;
        string kept = a.Kept is { } count ? FormattableString.Invariant($", {count} of them kept") : "";
        output.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{Formula(settings.Operator)}: {a.Kernel}, stride {a.Stride}, {a.Boundary} boundary, ") +
            string.Create(
                CultureInfo.InvariantCulture,
                $"{a.Size}×{a.Size} → {a.Measurements} measurements{kept}, ρ = {a.Rho}"));
        string structure = a.Scalar
            ? "a multiple of the identity"
            : a.GramRows is null ? "not a periodic convolution" : $"{a.GramRows}×{a.GramColumns} kernel";
        output.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"A Aᵀ: {structure}, eigenvalues {(a.Exact ? "" : "about ")}{a.GammaMin:0.00e+0} to {a.GammaMax:0.00e+0}") +
            $", condition of ρI + A Aᵀ {Units.Digits(a.Condition)}");
        ExplainedSolver[] applying = [.. report.Solvers.Where(solver => solver.Applies)];
        output.Table(new TextTable(
            [
                new("solver", AlignRight: false), new("set-up"), new("iteration"), new("setting", AlignRight: false),
                new("inner"), new("z error"),
                new($"{a.Iterations} its."), new("how", AlignRight: false),
            ],
            [.. applying.Select(solver => Row(solver, report.Chosen))]));
        foreach (ExplainedSolver solver in report.Solvers.Where(solver => !solver.Applies))
        {
            output.Line($"not {solver.Name}: {solver.Reason}");
        }

        if (measured != image)
        {
            output.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"predicted with a z error: measured on the middle {measured.H}×{measured.W} pixels, and multiplied by the ratio ") +
                "of the times of A and Aᵀ; without: from the number of iterations that the condition allows");
        }

        output.Line($"chosen: {report.Chosen} ({report.Why})");
    }

    private static string Formula(LaplaceOperator linearOperator) => linearOperator switch
    {
        { Kind: OperatorKind.Masked } => "A = M S H",
        { Field: { } field } => FormattableString.Invariant(
            $"A x = Σᵢ windowᵢ ∘ S (hᵢ ∗ x), {field.Rows}×{field.Columns} kernels"),
        _ => "A = S H",
    };

    private static string Setting(ExplainedSolver solver) => solver switch
    {
        { Tolerance: { } tolerance } => string.Create(CultureInfo.InvariantCulture, $"--tolerance {tolerance:0e-0}"),
        { Refinements: > 0 } => string.Create(CultureInfo.InvariantCulture, $"--refine {solver.Refinements}"),
        _ => "",
    };

    private static Cell[] Row(ExplainedSolver solver, string chosen) =>
    [
        solver.Name,
        solver.SetupSeconds == 0 ? "–" : Units.Time(solver.SetupSeconds),
        Units.Time(solver.SecondsPerIteration),
        Setting(solver),
        Units.Count(solver.MedianInnerIterations),
        Units.Error(solver.ZRelativeError),
        new(Units.Time(solver.SecondsInAll), solver.Name == chosen ? CellStyle.Best : CellStyle.Plain),
        (solver.Predicted ? "(predicted) " : "")
            + (solver.ZRelativeError > SolverSelection.UsualTolerance ? "(not accurate enough) " : "") + solver.Method,
    ];
}
