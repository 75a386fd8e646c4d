using System.CommandLine;
using InfAdmm.Cli.Options;

namespace InfAdmm.Cli.Explain;

/// <summary>Declares <c>explain</c>.</summary>
internal static class ExplainCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create(CommandRunner run)
    {
        var operators = new OperatorOptionSet();
        Option<string> weights = OptionFactory.Text("--weights", "FILE", "Weights of a learned solver.");
        var command = new Command("explain",
            "Which z-solvers apply to an operator, their cost, accuracy and set-up, and which is chosen.");
        operators.AddTo(command);
        command.Add(weights);
        run.Handle(
            command,
            parsed => new ExplainOptions(operators.Read(parsed), parsed.GetValue(weights)),
            ExplainHandler.Run);
        return command;
    }
}
