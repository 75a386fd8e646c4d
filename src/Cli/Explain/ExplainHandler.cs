using System.Globalization;
using InfAdmm.Cli.Devices;
using InfAdmm.Cli.Laplace;
using InfAdmm.Cli.Options;
using InfAdmm.Cli.Terminal;
using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Cli.Explain;

/// <summary>
/// Runs <c>explain</c>: times a few iterations of every z-solver that applies, and chooses one. Among those accurate
/// enough it finds the shortest time for all iterations of the preset, set-up included; of the solvers within timing
/// noise of that, it chooses the most direct.
/// </summary>
internal static class ExplainHandler
{
    private const int MostMeasured = 30;
    private const int Settled = 10;
    private const int Repetitions = 3;
    private const double AccurateEnough = 1e-4;
    private const double ClockNoise = 1.15;

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
        };
        var solvers = new List<ExplainedSolver>();
        output.Progress("explain", line =>
        {
            foreach (ZSolver solver in ZSolvers.All)
            {
                line.Update((double)solvers.Count / ZSolvers.All.Count, solver.Name);
                solvers.Add(Explain(solver, problem, context, settings.Iterations, cancellation));
            }
        });
        ExplainedSolver[] accurate = [.. solvers.Where(solver => solver.ZRelativeError <= AccurateEnough)];
        double? least = accurate.Min(solver => solver.SecondsInAll);
        ExplainedSolver? chosen = accurate.FirstOrDefault(solver => solver.SecondsInAll <= ClockNoise * least);
        string why = chosen is null
            ? "no solver is accurate enough"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"most direct of the fastest for {settings.Iterations} iterations with set-up, at a z error up to ") +
                Units.Error(AccurateEnough);
        var report = new ExplainReport(
            "explain", Application.Version, new ReportedDevice(device.Name, device.Threads),
            Describe(problem.Operator, options.Operator, settings), solvers, chosen?.Name ?? "none", why);
        Print(output, report, settings);
        if (output.OutDirectory is { } directory)
        {
            string figure = Path.Combine(directory, "structure.png");
            string? reason = StructureFigure.Write(figure, device, settings);
            output.Note(reason is null ? $"wrote {figure}" : $"no figure: {reason}");
        }

        output.Json(report, ReportJson.Default.ExplainReport);
        return ExitCode.Done;
    }

    private static ExplainedSolver Explain(
        ZSolver solver, LaplaceProblem problem, ZSolverContext context, int iterations, CancellationToken cancellation)
    {
        if (SolverAdvice.WhyNot(solver, context) is { } reason)
        {
            return new ExplainedSolver(solver.Name, false, reason, null, null, null, null, null, null);
        }

        int measured = Math.Min(iterations, MostMeasured);
        using var run = new LaplaceRun(problem, context, measured);
        var reference = ExactReference.Create(problem.Operator, problem.Y, context.Rho);
        RecordedRun recorded = run.Record(solver, reference, cancellation);
        TimedRun[] timed = [.. Enumerable.Range(0, Repetitions).Select(_ => run.Time(solver, cancellation))];
        TimedRun median = timed.OrderBy(t => t.Seconds[^1]).ElementAt(Repetitions / 2);

        // Inner loops get shorter as ADMM converges: iterations that are not measured take the time of the last
        // measured ones.
        int last = Math.Min(Settled, measured - 1);
        double settled = last == 0
            ? median.Seconds[^1]
            : (median.Seconds[^1] - median.Seconds[^(last + 1)]) / last;
        double inAll = median.SetupSeconds + median.Seconds[^1] + (iterations - measured) * settled;
        return new ExplainedSolver(
            solver.Name, true, null, solver.Describe(context), median.SetupSeconds, settled,
            SolverReport.MedianInnerIterationsOf(recorded.Records), recorded.ZRelativeError,
            inAll);
    }

    private static ExplainedOperator Describe(ILinearOperator a, OperatorOptions options, LaplaceSettings settings)
    {
        (double smallest, double largest, bool isExact) = GramBounds.Of(a);
        return new ExplainedOperator(
            settings.Size, settings.Stride, OperatorInput.KernelName(options, settings),
            OptionFactory.NameOf(a.Boundary), OptionFactory.NameOf(settings.Operator.Kind),
            (a as MaskedBlur)?.Mask.KeptCount, settings.Rho,
            a.MeasurementShape.Count, a.Gram.Kernel?.Height, a.Gram.Kernel?.Width, a.Gram is ScalarGram,
            smallest, largest,
            isExact, (settings.Rho + largest) / (settings.Rho + smallest), settings.Iterations);
    }

    private static void Print(CommandOutput output, ExplainReport report, LaplaceSettings settings)
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
            string.Create(CultureInfo.InvariantCulture, $", condition of ρI + A Aᵀ {a.Condition:0.0}"));
        ExplainedSolver[] applying = [.. report.Solvers.Where(solver => solver.Applies)];
        output.Table(new TextTable(
            [
                new("solver", AlignRight: false), new("set-up"), new("iteration"), new("inner"), new("z error"),
                new($"{a.Iterations} its."), new("how", AlignRight: false),
            ],
            [.. applying.Select(solver => Row(solver, report.Chosen))]));
        foreach (ExplainedSolver solver in report.Solvers.Where(solver => !solver.Applies))
        {
            output.Line($"not {solver.Name}: {solver.Reason}");
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

    private static Cell[] Row(ExplainedSolver solver, string chosen) =>
    [
        solver.Name,
        Units.Time(solver.SetupSeconds),
        Units.Time(solver.SecondsPerIteration),
        Units.Count(solver.MedianInnerIterations),
        Units.Error(solver.ZRelativeError),
        new(Units.Time(solver.SecondsInAll), solver.Name == chosen ? CellStyle.Best : CellStyle.Plain),
        solver.Method ?? "",
    ];
}
