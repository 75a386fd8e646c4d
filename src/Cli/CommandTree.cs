using System.CommandLine;
using InfAdmm.Cli.Degrade;
using InfAdmm.Cli.Devices;
using InfAdmm.Cli.Evaluate;
using InfAdmm.Cli.Explain;
using InfAdmm.Cli.Export;
using InfAdmm.Cli.Laplace;
using InfAdmm.Cli.LearnOperator;
using InfAdmm.Cli.Options;
using InfAdmm.Cli.Restore;
using InfAdmm.Cli.Streaming;
using InfAdmm.Cli.Terminal;
using InfAdmm.Cli.TrainInverse;
using InfAdmm.Cli.TrainPrior;

namespace InfAdmm.Cli;

/// <summary>All commands, with the common options and checks that precede each handler.</summary>
internal static class CommandTree
{
    /// <summary>The name of the executable.</summary>
    public const string ExecutableName = "infadmm";

    /// <summary>Creates the command tree for one run.</summary>
    public static RootCommand Create(Streams streams, CancellationToken cancellation)
    {
        var root = new RootCommand("Inverse problems: ADMM with exact, iterative and learned solvers.");
        Func<ParseResult, CommonOptions> common =
            OptionBinder.Declare(root, options => new CommonOptions(options), isRecursive: true);
        var run = new CommandRunner(common, streams, cancellation);
        root.Add(DevicesCommand.Create(run));
        root.Add(run.Create(
            "laplace", "Runs the synthetic experiment: all z-solvers on one problem.",
            options => new LaplaceOptions(options), LaplaceHandler.Run));
        root.Add(run.Create(
            "explain", "Shows which z-solvers apply to an operator, their cost, accuracy and set-up, and the choice.",
            options => new ExplainOptions(options), ExplainHandler.Run));
        root.Add(new Command("train", "Trains a network.")
        {
            run.Create(
                "inverse", "Trains the learned inverse C of ρI + AAᵀ for an operator, from noise.",
                options => new TrainInverseOptions(options), TrainInverseHandler.Run),
            run.Create(
                "prior", "Trains the prior network of an image task.",
                options => new TrainPriorOptions(options), TrainPriorHandler.Run),
            run.Create(
                "denoiser", "Trains an unconditional denoiser, the plug-and-play prior of every task.",
                options => new TrainDenoiserOptions(options), TrainPriorHandler.Run),
        });
        root.Add(run.Create(
            "evaluate", "Evaluates every method of a task on a data set: all metrics, and pictures.",
            options => new EvaluateOptions(options), EvaluateHandler.Run));
        root.Add(run.Create(
            "degrade", "Simulates a task's measurements of images, as 16-bit PNG files in the --out directory.",
            options => new DegradeOptions(options), DegradeHandler.Run));
        root.Add(run.Create(
            "restore", "Restores pictures from their measurements, as PNG files in the --out directory.",
            options => new RestoreOptions(options), RestoreHandler.Run));
        root.Add(run.Create(
            "stream", "Restores the frames of a video from stdin to stdout, one by one: a filter for ffmpeg and GStreamer.",
            options => new StreamOptions(options), StreamHandler.Run));
        root.Add(run.Create(
            "learn-operator", "Learns the blur kernel of A from pairs of images and measurements.",
            options => new LearnOperatorOptions(options), LearnOperatorHandler.Run));
        root.Add(run.Create(
            "export", "Writes a trained network, or one iteration of ADMM with the learned inverse, as an ONNX file.",
            options => new ExportOptions(options), ExportHandler.Run));
        return root;
    }
}
