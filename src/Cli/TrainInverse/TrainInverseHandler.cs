using System.Globalization;
using System.Text;
using InfAdmm.Cli.Devices;
using InfAdmm.Cli.Laplace;
using InfAdmm.Cli.Options;
using InfAdmm.Cli.Terminal;
using InfAdmm.Engine;
using InfAdmm.Nn.Optimizers;
using InfAdmm.Solvers.Inverse;
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
        OptionErrors.Naming("--weights", () => AtomicFile.CheckWritable(options.Weights));
        IReadOnlyList<InverseProblem> problems = options.Problems();
        TrainingBudget budget = options.Steps is { } steps
            ? new TrainingBudget(Steps: steps)
            : new TrainingBudget(Seconds: options.Seconds);
        using Device device = DeviceChoice.Create(common, output);
        var trained = new List<InverseWeights>();
        var reports = new List<TrainedInverse>();
        for (int i = 0; i < problems.Count; i++)
        {
            var curve = new List<TrainingProgress>();
            InverseWeights weights = InverseTraining.Run(
                device, problems[i], options.Architecture, options.Channels, common.Seed, budget, output, cancellation,
                curve.Add, looksLinear: options.LooksLinear);
            trained.Add(weights);
            InverseAccuracy accuracy = InverseTrainer.Measure(device, weights);
            WriteCurve(output, options.Architecture, problems.Count == 1 ? "training" : $"training-{i + 1}", curve);
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
                OptionFactory.NameOf(problem.Boundary), options.Channels, common.Seed, reports, options.Weights),
            ReportJson.Default.TrainInverseReport);
        return ExitCode.Done;
    }

    private static void WriteCurve(
        CommandOutput output, InverseArchitecture architecture, string name, List<TrainingProgress> curve)
    {
        if (output.OutDirectory is not { } directory)
        {
            return;
        }

        AtomicFile.WriteText(Path.Combine(directory, name + ".csv"), ToCsv(curve));
        foreach (string path in TrainingFigure.Write(directory, name, LearnedSolver.Of(architecture).Name, curve))
        {
            output.Line($"figure: {path}");
        }
    }

    private static void Print(CommandOutput output, double rho, TrainingProgress last, InverseAccuracy accuracy)
    {
        double loss = 2 * last.RelativeError * last.RelativeError;
        output.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"ρ = {rho:0.######}: {last.Step} steps in {last.Seconds:0.0} s, loss {loss:0.00e+0}"));
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
