using System.CommandLine;
using InfAdmm.Cli.Degrade;
using InfAdmm.Cli.Devices;
using InfAdmm.Cli.Evaluate;
using InfAdmm.Cli.Explain;
using InfAdmm.Cli.Laplace;
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
        var common = new CommonOptionSet();
        var run = new CommandRunner(common, streams, cancellation);
        var train = new Command("train", "Trains a network.");
        train.Add(TrainInverseCommand.Create(run));
        train.Add(TrainPriorCommand.Create(run));
        var root = new RootCommand("Inverse problems: ADMM with exact, iterative and learned solvers.")
        {
            DevicesCommand.Create(run),
            LaplaceCommand.Create(run),
            ExplainCommand.Create(run),
            train,
            EvaluateCommand.Create(run),
            DegradeCommand.Create(run),
            RestoreCommand.Create(run),
        };
        common.AddTo(root);
        return root;
    }
}
