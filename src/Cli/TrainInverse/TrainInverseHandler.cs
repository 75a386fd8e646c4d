using System.Globalization;
using System.Text;
using InfAdmm.Cli.Devices;
using InfAdmm.Cli.Laplace;
using InfAdmm.Cli.Options;
using InfAdmm.Cli.Terminal;
using InfAdmm.Engine;
using InfAdmm.Nn.Optimizers;
using InfAdmm.Solvers.Inverse;
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
        OptionErrors.Naming("--weights", () => AtomicFile.CheckWritable(options.Weights));
        var problem = new InverseProblem(
            BlurKernel.Parse(options.Kernel), options.Stride, options.Rho, options.Boundary);
        TrainingBudget budget = options.Steps is { } steps
            ? new TrainingBudget(Steps: steps)
            : new TrainingBudget(Seconds: options.Seconds);
        using Device device = DeviceChoice.Create(common, output);
        var curve = new List<TrainingProgress>();
        InverseWeights weights = InverseTraining.Run(
            device, problem, options.Architecture, options.Channels, common.Seed, budget, output, cancellation,
            curve.Add, looksLinear: options.LooksLinear);
        InverseAccuracy accuracy = InverseTrainer.Measure(device, weights);
        weights.Save(options.Weights);
        if (output.OutDirectory is { } directory)
        {
            AtomicFile.WriteText(Path.Combine(directory, "training.csv"), ToCsv(curve));
            string name = LearnedSolver.Of(options.Architecture).Name;
            foreach (string path in TrainingFigure.Write(directory, name, curve))
            {
                output.Line($"figure: {path}");
            }
        }

        Print(output, curve, accuracy, options.Weights);
        TrainingProgress last = curve[^1];
        output.Json(
            new TrainInverseReport(
                "train inverse", Application.Version, new ReportedDevice(device.Name, device.Threads),
                OptionFactory.NameOf(options.Architecture), problem.Kernel.Name, problem.Stride, problem.Rho,
                OptionFactory.NameOf(problem.Boundary), options.Channels, common.Seed,
                last.Step, weights.TrainingSeconds, last.RelativeError, accuracy.Noise, accuracy.Smooth,
                accuracy.ScalarNoise, accuracy.ScalarSmooth, options.Weights),
            ReportJson.Default.TrainInverseReport);
        return ExitCode.Done;
    }

    private static void Print(
        CommandOutput output, List<TrainingProgress> curve, InverseAccuracy accuracy, string file)
    {
        TrainingProgress last = curve[^1];
        double loss = 2 * last.RelativeError * last.RelativeError;
        output.Line(string.Create(
            CultureInfo.InvariantCulture, $"{last.Step} steps in {last.Seconds:0.0} s, loss {loss:0.00e+0}"));
        output.Table(new TextTable(
            [new("relative error on", AlignRight: false), new("learned"), new("best scalar")],
            [
                ["noise", Units.Error(accuracy.Noise), Units.Error(accuracy.ScalarNoise)],
                ["smooth inputs", Units.Error(accuracy.Smooth), Units.Error(accuracy.ScalarSmooth)],
            ]));
        output.Line($"weights: {file}");
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
