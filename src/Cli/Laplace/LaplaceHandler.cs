using System.Globalization;
using InfAdmm.Cli.Devices;
using InfAdmm.Cli.Html;
using InfAdmm.Cli.Options;
using InfAdmm.Cli.Terminal;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Priors;
using InfAdmm.Nn.Optimizers;
using InfAdmm.Solvers;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.Proximal;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Cli.Laplace;

/// <summary>Runs <c>laplace</c>.</summary>
internal static class LaplaceHandler
{
    /// <summary>Runs the experiment, prints the table, and writes the files that the options request.</summary>
    public static int Run(
        LaplaceOptions options, CommonOptions common, CommandOutput output, CancellationToken cancellation)
    {
        HtmlFile.Check(output);
        LaplaceSettings settings = LaplaceInput.Settings(options);
        if (options.Refine > 0 && options.Update == UpdateForm.Published)
        {
            throw new InputException("--refine needs the residual form: remove --update published");
        }

        if (options.Certificate && options.Update == UpdateForm.Published)
        {
            throw new InputException("--certificate needs the residual form: remove --update published");
        }

        if (options.Retrain && options.Weights is not null)
        {
            throw new InputException("--retrain trains new weights: remove --weights");
        }

        PenaltyRule penalty = PenaltyInput.Create(options, settings.Rho);
        if (options.Dump is { } dump)
        {
            CommandOutput.PrepareDirectory("--dump", dump);
        }

        TrainedInverses given =
            options.Weights is { } file ? InverseFile.Load(file) : ShippedWeights.Inverses();
        using Device device = DeviceChoice.Create(common, output);
        using LaplaceProblem problem = LaplaceInput.Create(device, settings, options, common.Seed);
        ZSolverContext context = Context(problem, settings, options, given, cancellation);
        if (options.Retrain)
        {
            CheckClassical(options.Solvers, context);
            context = context with { Weights = Retrain(context, options, common, output, cancellation) };
        }

        IReadOnlyList<string>? asked = Resolve(
            options.Solvers, context, settings.Iterations, (float)problem.Threshold(settings.Rho), output);
        (IReadOnlyList<ZSolver> solvers, IReadOnlyList<SkippedSolver> skipped) = Choose(asked, context, penalty);
        LaplaceResults? results = null;
        output.Progress("laplace", line => results = LaplaceExperiment.Run(
            problem, context, settings.Iterations, solvers, options.Repeat, penalty, line.Update, cancellation));
        float[] estimate = results!.Exact.X;
        var report = new LaplaceReport(
            "laplace", Application.Version, new ReportedDevice(device.Name, device.Threads),
            Describe(problem, settings, options, common, estimate), results.Reports,
            [.. skipped, .. results.Failed.Select(failed => new SkippedSolver(failed.Name, failed.Reason))])
        {
            ExactObjective = results.Exact.Records[^1].ObjectiveZ,
            ExactSolver = results.ExactSolver,
            IsCertified = options.Certificate,
        };
        LaplaceTable.Write(output, report);
        if (!results.HasReference)
        {
            bool canBound = !options.Certificate && options.Update == UpdateForm.Residual;
            output.Line("z errors are unknown: a solution in double precision would take too long or too much memory here" +
                (canBound ? "; --certificate bounds those of the solvers on the measurement grid" : ""));
        }

        string[] training = [.. Training(context, solvers)];
        foreach (string line in training)
        {
            output.Line(line);
        }

        if (output.OutDirectory is { } directory)
        {
            WriteFigures(directory, report, problem, options, estimate, output);
            HtmlPage page = LaplacePage.Build(
                report, output.CommandLine, training, Pictures(problem, settings, options, estimate));
            output.Line($"report: {HtmlFile.Write(directory, page)}");
        }

        if (options.Dump is { } target)
        {
            LaplaceDump.Write(target, problem, settings.Kernel, results);
            output.Line($"tensors: {target}");
        }

        output.Json(report, ReportJson.Default.LaplaceReport);
        foreach (FailedSolver failed in results.Failed)
        {
            output.Error(failed.Reason);
        }

        return results.Failed.Count == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static ZSolverContext Context(
        LaplaceProblem problem, LaplaceSettings settings, LaplaceOptions options, TrainedInverses inverses,
        CancellationToken cancellation)
    {
        return new ZSolverContext(problem.Operator, problem.Y, settings.Rho)
        {
            InnerLoop = options.InnerLoop with { Cancellation = cancellation },
            Weights = inverses.Networks,
            Filters = inverses.Filters,
            Refinements = options.Refine,
            GuardTolerance = options.Certificate ? GuardedUpdate.DefaultTolerance : null,
            Update = options.Update,
        };
    }

    private static List<InverseWeights> Retrain(
        ZSolverContext context, LaplaceOptions options, CommonOptions common, CommandOutput output,
        CancellationToken cancellation)
    {
        InverseProblem problem = context.Problem
            ?? throw new InputException("--retrain supports blur operators only: remove it");
        var trained = new List<InverseWeights>();
        foreach (ZSolver solver in ZSolvers.All)
        {
            if (solver.Architecture is { } architecture && (options.Solvers?.Contains(solver.Name) ?? true))
            {
                trained.Add(InverseTraining.Run(
                    context.Operator.Device, problem, architecture, channels: 1, common.Seed,
                    new TrainingBudget(Seconds: options.TrainSeconds), output, cancellation));
            }
        }

        return trained;
    }

    /// <summary>Rejects classical solvers that do not apply, before the learned ones are trained.</summary>
    private static void CheckClassical(IReadOnlyList<string>? asked, ZSolverContext context)
    {
        foreach (ZSolver solver in ZSolvers.All.Where(solver => asked?.Contains(solver.Name) == true && !solver.IsLearned))
        {
            if (solver.WhyNot(context) is { } reason)
            {
                throw new InputException($"--solvers {solver.Name} cannot be used here: {reason}");
            }
        }
    }

    /// <summary>Replaces <c>auto</c> by the solver that it stands for.</summary>
    private static IReadOnlyList<string>? Resolve(
        IReadOnlyList<string>? asked, ZSolverContext context, int iterations, float tau, CommandOutput output)
    {
        if (asked?.Contains(LaplaceOptions.Automatic) != true)
        {
            return asked;
        }

        // All solvers of the table have the same tolerance.
        string chosen = SolverSelection.Choose(
            context, iterations, fitsSettings: false, proximal: new SoftThreshold(), tau: tau).Solver.Name;
        output.Note($"auto: {chosen}");
        return [.. asked.Select(name => name == LaplaceOptions.Automatic ? chosen : name).Distinct()];
    }

    private static (IReadOnlyList<ZSolver> Solvers, IReadOnlyList<SkippedSolver> Skipped) Choose(
        IReadOnlyList<string>? asked, ZSolverContext context, PenaltyRule penalty)
    {
        var solvers = new List<ZSolver>();
        var skipped = new List<SkippedSolver>();
        foreach (ZSolver solver in asked?.Select(ZSolvers.Find) ?? ZSolvers.All)
        {
            string? reason = penalty.IsFixed
                ? SolverAdvice.WhyNot(solver, context)
                : penalty.WhyNot(solver, context);
            if (reason is null)
            {
                solvers.Add(solver);
            }
            else if (asked is null)
            {
                skipped.Add(new SkippedSolver(solver.Name, reason));
            }
            else
            {
                throw new InputException($"--solvers {solver.Name} cannot be used here: {reason}");
            }
        }

        return (solvers, skipped);
    }

    private static ProblemReport Describe(
        LaplaceProblem problem, LaplaceSettings settings, LaplaceOptions options, CommonOptions common,
        float[] estimate)
    {
        Shape image = problem.Operator.ImageShape;
        return new ProblemReport(
            options.Operator.Preset, image.H, settings.Stride, image.C,
            OperatorInput.KernelName(options.Operator, settings), settings.Sigma,
            settings.Scale, problem.Truth is null ? null : settings.Density, settings.Rho,
            OptionFactory.NameOf(options.Penalty), settings.Iterations, common.Seed,
            options.Update.ToString().ToLowerInvariant(), options.Refine,
            OptionFactory.NameOf(settings.Boundary), OptionFactory.NameOf(settings.Operator.Kind),
            problem.Operator.MeasurementShape.Count,
            problem.ObjectiveAtZero, estimate.Count(value => value != 0) / (double)estimate.Length);
    }

    /// <summary>
    /// The training time of learned solvers, which is part of their cost even if it was spent earlier.
    /// </summary>
    private static IEnumerable<string> Training(ZSolverContext context, IReadOnlyList<ZSolver> solvers)
    {
        foreach (ZSolver solver in solvers)
        {
            if (solver.Architecture is { } architecture && context.FindWeights(architecture) is { } weights)
            {
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{solver.Name}: trained for {weights.TrainingSeconds:0} s before ({weights.Source}); ") +
                    "set-up is loading";
            }
        }
    }

    /// <summary>The user's measurement, enlarged, and the estimate; null where they are not pictures.</summary>
    private static Gallery? Pictures(
        LaplaceProblem problem, LaplaceSettings settings, LaplaceOptions options, float[] estimate)
    {
        Shape image = problem.Operator.ImageShape;
        if (options.Y is null || !IsPicture(image))
        {
            return null;
        }

        // A valid blur has no measurements where its kernel would reach beyond the edge.
        bool isValid = settings.Boundary == Boundary.Valid;
        var gallery = new Gallery(1);
        gallery.Add(
            Path.GetFileName(options.Y), image,
            [
                new ComparedPicture(
                    "measurement", new PlanarImage(problem.Y.ToArray(), problem.Operator.MeasurementShape))
                {
                    Stride = settings.Stride,
                    Offset = isValid ? (settings.Kernel.Height / 2, settings.Kernel.Width / 2) : default,
                },
                new ComparedPicture("estimate", new PlanarImage(estimate, image)),
            ],
            left: 0, right: 1);
        return gallery;
    }

    private static bool IsPicture(Shape image) => image.C is 1 or 3;

    private static void WriteFigures(
        string directory, LaplaceReport report, LaplaceProblem problem, LaplaceOptions options,
        float[] estimate, CommandOutput output)
    {
        foreach (string path in LaplaceFigures.Write(directory, report))
        {
            output.Line($"figure: {path}");
        }

        string csv = Path.Combine(directory, "laplace.csv");
        LaplaceCsv.Write(csv, report);
        output.Line($"iterations: {csv}");
        if (options.Y is not null)
        {
            string array = Path.Combine(directory, "estimate.npy");
            NpyFile.Write(array, estimate, problem.Operator.ImageShape);
            output.Line($"estimate of {report.ExactSolver}: {array}");
            if (IsPicture(problem.Operator.ImageShape))
            {
                string picture = Path.Combine(directory, "estimate.png");
                ImageFile.Write(picture, estimate, problem.Operator.ImageShape);
                output.Line($"picture of it: {picture}");
            }
        }
    }
}
