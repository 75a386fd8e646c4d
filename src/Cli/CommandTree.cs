using System.CommandLine;
using InfAdmm.Cli.Degrade;
using InfAdmm.Cli.Devices;
using InfAdmm.Cli.Evaluate;
using InfAdmm.Cli.Explain;
using InfAdmm.Cli.Laplace;
using InfAdmm.Cli.Options;
using InfAdmm.Cli.Restore;
using InfAdmm.Cli.Terminal;
using InfAdmm.Cli.TrainInverse;
using InfAdmm.Cli.TrainPrior;

namespace InfAdmm.Cli;

/// <summary>All commands, and how each is run: common options read, targets checked, then its handler.</summary>
internal static class CommandTree
{
    /// <summary>The name that users type.</summary>
    public const string ExecutableName = "infadmm";

    /// <summary>Builds the tree for one run.</summary>
    public static RootCommand Create(Streams streams, CancellationToken cancellation)
    {
        var root = new RootCommand("Inverse problems: ADMM with exact, iterative and learned solvers.");
        Func<ParseResult, CommonOptions> common =
            OptionBinder.Declare(root, options => new CommonOptions(options), isRecursive: true);
        var run = new CommandRunner(common, streams, cancellation);
        root.Add(DevicesCommand.Create(run));
        root.Add(run.Create(
            "laplace", "The synthetic experiment: all z-solvers on one problem.",
            options => new LaplaceOptions(options), LaplaceHandler.Run));
        root.Add(run.Create(
            "explain", "Which z-solvers apply to an operator, their cost, accuracy and set-up, and which is chosen.",
            options => new ExplainOptions(options), ExplainHandler.Run));
        root.Add(new Command("train", "Trains a network.")
        {
            run.Create(
                "inverse", "Trains the learned inverse C of ρI + AAᵀ for an operator, from noise.",
                options => new TrainInverseOptions(options), TrainInverseHandler.Run),
            run.Create(
                "prior", "Trains the network that is the prior of an image task.",
                options => new TrainPriorOptions(options), TrainPriorHandler.Run),
        });
        root.Add(run.Create(
            "evaluate", "A task over a data set: every method, all metrics, pictures.",
            options => new EvaluateOptions(options), EvaluateHandler.Run));
        root.Add(run.Create(
            "degrade", "Makes measurements from images for a task: 16-bit PNG files in the directory of --out.",
            options => new DegradeOptions(options), DegradeHandler.Run));
        root.Add(run.Create(
            "restore", "Restores pictures from their measurements: PNG files in the directory of --out.",
            options => new RestoreOptions(options), RestoreHandler.Run));
        return root;
    }
}
