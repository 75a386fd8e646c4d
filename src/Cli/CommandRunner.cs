using System.CommandLine;
using InfAdmm.Cli.Options;
using InfAdmm.Cli.Terminal;
using InfAdmm.Storage;

namespace InfAdmm.Cli;

/// <summary>Performs the steps that precede the handler of every command.</summary>
/// <param name="readCommon">Reads the options common to all commands.</param>
/// <param name="streams">The output streams.</param>
/// <param name="cancellation">Interrupts the command.</param>
internal sealed class CommandRunner(
    Func<ParseResult, CommonOptions> readCommon, Streams streams, CancellationToken cancellation)
{
    /// <summary>A command's handler.</summary>
    /// <returns>An exit code from <see cref="ExitCode"/>.</returns>
    public delegate int Handler<TOptions>(
        TOptions options, CommonOptions common, CommandOutput output, CancellationToken cancellation);

    /// <summary>
    /// Creates a command. Before its handler runs, all output locations are checked, so that a long computation does
    /// not fail at the end because its result cannot be written. While it runs, its inputs cannot be overwritten.
    /// </summary>
    /// <param name="name">The name of the command.</param>
    /// <param name="description">The text for the help.</param>
    /// <param name="options">Creates the options of the command; this also declares them.</param>
    /// <param name="handler">Runs the command.</param>
    public Command Create<TOptions>(
        string name, string description, Func<OptionBinder, TOptions> options, Handler<TOptions> handler)
    {
        var command = new Command(name, description);
        Func<ParseResult, TOptions> read = OptionBinder.Declare(command, options);
        command.SetAction(parsed =>
        {
            CommonOptions common = readCommon(parsed);
            TOptions values = read(parsed);
            var output = new CommandOutput(streams, common)
            {
                CommandLine = ShellText.Of([CommandTree.ExecutableName, .. parsed.Tokens.Select(token => token.Value)]),
            };
            using var files = new FileScope(CommandFiles.Inputs(parsed), cancellation);
            int exitCode = ExitCode.Failed;
            try
            {
                CommandFiles.CheckOutputs(parsed);
                output.CheckTargets();
                cancellation.ThrowIfCancellationRequested();
                exitCode = handler(values, common, output, cancellation);
                return exitCode;
            }
            finally
            {
                if (exitCode != ExitCode.Done)
                {
                    output.RemoveUnusedDirectory();
                }
            }
        });
        return command;
    }
}
