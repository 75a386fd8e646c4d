using System.Globalization;
using System.Text;
using InfAdmm.Cli.Devices;
using InfAdmm.Cli.Laplace;
using InfAdmm.Cli.Options;
using InfAdmm.Cli.Terminal;
using InfAdmm.Engine;
using InfAdmm.Nn.Optimizers;
using InfAdmm.Nn.Weights;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.ZUpdate;
using InfAdmm.Storage;

namespace InfAdmm.Cli.TrainInverse;

/// <summary>Runs <c>train inverse</c>.</summary>
internal static class TrainInverseHandler
{
    /// <summary>Trains the learned inverse, writes its weights, and prints its accuracy.</summary>
    public static int Run(
        TrainInverseOptions options, CommonOptions common, CommandOutput output, CancellationToken cancellation)
    {
        SharedRun.RefuseSeveral("train inverse");
        OptionErrors.Naming("--weights", () => AtomicFile.CheckWritable(options.Weights));
        TrainingBudget budget = options.Steps is { } steps
            ? new TrainingBudget(Steps: steps)
            : new TrainingBudget(Seconds: options.Seconds);
        if (options.Architecture == InverseKind.Local)
        {
            return TrainFilters(options, common, output, budget, cancellation);
        }

        InverseArchitecture architecture =
            options.Architecture == InverseKind.Paper ? InverseArchitecture.Paper : InverseArchitecture.Linear;
        IReadOnlyList<InverseProblem> problems = options.Problems();
        using Device device = DeviceChoice.Create(common, output);
        var trained = new List<InverseWeights>();
        var reports = new List<TrainedInverse>();
        for (int i = 0; i < problems.Count; i++)
        {
            var curve = new List<TrainingProgress>();
            InverseWeights weights = InverseTraining.Run(
                device, problems[i], architecture, options.Channels, common.Seed, budget, output, cancellation,
                curve.Add, looksLinear: options.LooksLinear);
            trained.Add(weights);
            InverseAccuracy accuracy = InverseTrainer.Measure(device, weights);
            WriteCurve(output, LearnedSolver.Of(architecture), problems.Count == 1 ? "training" : $"training-{i + 1}", curve);
            TrainingProgress last = curve[^1];
            reports.Add(new TrainedInverse(
                problems[i].Rho, last.Step, weights.TrainingSeconds, last.RelativeError, accuracy.Noise, accuracy.Smooth,
                accuracy.ScalarNoise, accuracy.ScalarSmooth));
            Print(output, problems[i].Rho, last, accuracy);
        }

        InverseSet.Save(options.Weights, trained);
        output.Line($"weights: {options.Weights}");
        InverseProblem problem = problems[0];
        output.Json(
            new TrainInverseReport(
                "train inverse", Application.Version, new ReportedDevice(device.Name, device.Threads),
                OptionFactory.NameOf(options.Architecture), problem.Kernel.Name, problem.Stride,
                OptionFactory.NameOf(problem.Boundary), OptionFactory.NameOf(options.Operator), options.Channels, common.Seed, reports, options.Weights),
            ReportJson.Default.TrainInverseReport);
        return ExitCode.Done;
    }

    private static int TrainFilters(
        TrainInverseOptions options, CommonOptions common, CommandOutput output, TrainingBudget budget,
        CancellationToken cancellation)
    {
        LocalModel model = options.Model();
        using Device device = DeviceChoice.Create(common, output);
        var curve = new List<TrainingProgress>();
        LocalFilters? filters = null;
        output.Progress($"training {LocalSolver.Learned.Name}", line =>
        {
            using var trainer =
                new LocalInverseTrainer(device, model, options.Rho.Min(), options.Rho.Max(), common.Seed);
            filters = trainer.Train(
                budget,
                progress =>
                {
                    curve.Add(progress);
                    line.Update(progress.Fraction, InverseTraining.Status(progress));
                },
                cancellation);
        });
        WriteCurve(output, LocalSolver.Learned, "training", curve);
        TrainingProgress last = curve[^1];
        output.Line(string.Create(CultureInfo.InvariantCulture, $"{last.Step} steps in {last.Seconds:0.0} s"));
        var reports = new List<TrainedInverse>();
        output.Progress("measuring the accuracy", line =>
        {
            foreach (double rho in options.Rho)
            {
                cancellation.ThrowIfCancellationRequested();
                line.Update((double)reports.Count / options.Rho.Count, FormattableString.Invariant($"ρ = {rho:G4}"));
                LocalAccuracy accuracy = LocalInverseTrainer.Measure(device, filters!, rho);
                reports.Add(new TrainedInverse(
                    rho, last.Step, filters!.TrainingSeconds, last.RelativeError, accuracy.Noise, accuracy.Smooth,
                    accuracy.ScalarNoise, accuracy.ScalarSmooth)
                {
                    AnalyticNoiseError = accuracy.AnalyticNoise,
                    AnalyticSmoothError = accuracy.AnalyticSmooth,
                });
            }
        });
        output.Table(new TextTable(
            [
                new("relative error at ρ"), new("noise: learned"), new("analytic"), new("scalar"),
                new("smooth: learned"), new("analytic"), new("scalar"),
            ],
            [
                .. reports.Select(report => (Cell[])
                [
                    report.Rho.ToString("G4", CultureInfo.InvariantCulture), Units.Error(report.NoiseError),
                    Units.Error(report.AnalyticNoiseError), Units.Error(report.ScalarNoiseError),
                    Units.Error(report.SmoothError), Units.Error(report.AnalyticSmoothError),
                    Units.Error(report.ScalarSmoothError),
                ]),
            ]));
        filters!.Save(options.Weights, new MetadataWriter { { "steps", last.Step }, { "seed", common.Seed } }.Entries);
        output.Line($"weights: {options.Weights}");
        output.Json(
            new TrainInverseReport(
                "train inverse", Application.Version, new ReportedDevice(device.Name, device.Threads),
                OptionFactory.NameOf(options.Architecture),
                options.Operator == OperatorKind.Varying
                    ? options.Kernels ?? OperatorOptions.GeneratedField
                    : model.Field.Kernels[0].Name,
                model.Stride, OptionFactory.NameOf(model.Boundary), OptionFactory.NameOf(options.Operator), 1, common.Seed, reports, options.Weights),
            ReportJson.Default.TrainInverseReport);
        return ExitCode.Done;
    }

    private static void WriteCurve(
        CommandOutput output, ZSolver solver, string name, List<TrainingProgress> curve)
    {
        if (output.OutDirectory is not { } directory)
        {
            return;
        }

        AtomicFile.WriteText(Path.Combine(directory, name + ".csv"), ToCsv(curve));
        foreach (string path in TrainingFigure.Write(directory, name, solver.Name, curve))
        {
            output.Line($"figure: {path}");
        }
    }

    private static void Print(CommandOutput output, double rho, TrainingProgress last, InverseAccuracy accuracy)
    {
        double loss = 2 * last.RelativeError * last.RelativeError;
        output.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"ρ = {rho:G4}: {last.Step} steps in {last.Seconds:0.0} s, loss {loss:0.00e+0}"));
        output.Table(new TextTable(
            [new("relative error on", AlignRight: false), new("learned"), new("best scalar")],
            [
                ["noise", Units.Error(accuracy.Noise), Units.Error(accuracy.ScalarNoise)],
                ["smooth inputs", Units.Error(accuracy.Smooth), Units.Error(accuracy.ScalarSmooth)],
            ]));
    }

    private static string ToCsv(List<TrainingProgress> curve)
    {
        var text = new StringBuilder("step,seconds,relative_error\n");
        foreach (TrainingProgress point in curve)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"{point.Step},{point.Seconds:0.000},{point.RelativeError:0.000000e+0}\n");
        }

        return text.ToString();
    }
}
