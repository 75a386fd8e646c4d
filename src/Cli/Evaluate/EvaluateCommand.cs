using System.CommandLine;
using InfAdmm.Cli.Options;
using InfAdmm.Imaging.Datasets;
using InfAdmm.Imaging.Evaluation;

namespace InfAdmm.Cli.Evaluate;

/// <summary>Declares <c>evaluate</c>.</summary>
internal static class EvaluateCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create(CommandRunner run)
    {
        var task = new TaskOptionSet();
        var prior = new PriorOptionSet();
        Option<string> data = OptionFactory.Text("--data", "PATH",
            "MNIST's idx files, a CUB-200-2011 or CelebA folder, or any folder of images.");
        data.Required = true;
        Option<IReadOnlyList<double>> rho = OptionFactory.PositiveList("--rho", "R[,R…]",
            "Penalties of ADMM with the learned prior, a row for each; default: as trained, one for each step.");
        Option<string> split = OptionFactory.Choice("--split",
            "The part that is reported; methods are tuned on the other one.", "train", "test").WithDefault("test");
        Option<int?> limit = OptionFactory.Integer("--limit", "N",
            "The most images to report, evenly spaced.", minimum: 1);
        Option<int?> iterations = OptionFactory.Integer("--iterations", "K",
            "Iterations of the methods that have them.", minimum: 1, maximum: 100_000);
        Option<IReadOnlyList<string>> methods = OptionFactory.Choices("--methods",
            "Methods to compare; default: all that make sense for the task.", [.. RestorationMethods.Names]);
        var command = new Command("evaluate", "A task over a data set: every method, all metrics, pictures.");
        task.AddTo(command);
        prior.AddTo(command);
        foreach (Option option in new Option[] { rho, data, split, limit, iterations, methods })
        {
            command.Add(option);
        }

        run.Handle(
            command,
            parsed => new EvaluateOptions(
                task.Read(parsed),
                prior.Read(parsed),
                parsed.GetRequiredValue(data),
                parsed.GetRequiredValue(split) == "train" ? DataSplit.Train : DataSplit.Test,
                parsed.GetValue(limit))
            {
                Methods = parsed.GetValue(methods),
                Rho = parsed.GetValue(rho),
                Iterations = parsed.GetValue(iterations),
            },
            EvaluateHandler.Run);
        return command;
    }
}
