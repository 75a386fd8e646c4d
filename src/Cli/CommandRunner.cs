using System.CommandLine;
using InfAdmm.Cli.Options;
using InfAdmm.Cli.Terminal;

namespace InfAdmm.Cli;

/// <summary>Does for every command what comes before its handler.</summary>
/// <param name="readCommon">Reads the options that all commands share.</param>
/// <param name="streams">Where the command writes.</param>
/// <param name="cancellation">Ends the command early.</param>
internal sealed class CommandRunner(
    Func<ParseResult, CommonOptions> readCommon, Streams streams, CancellationToken cancellation)
{
    /// <summary>A command's handler.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public delegate int Handler<TOptions>(
        TOptions options, CommonOptions common, CommandOutput output, CancellationToken cancellation);

    /// <summary>
    /// Builds a command that runs its handler once all places that it will write to were found usable: nobody should
    /// wait for a computation whose result cannot be kept.
    /// </summary>
    /// <param name="name">What users type.</param>
    /// <param name="description">For the help.</param>
    /// <param name="options">Creates the options of the command, which declares them.</param>
    /// <param name="handler">Runs it.</param>
    public Command Create<TOptions>(
        string name, string description, Func<OptionBinder, TOptions> options, Handler<TOptions> handler)
    {
        var command = new Command(name, description);
        Func<ParseResult, TOptions> read = OptionBinder.Declare(command, options);
        command.SetAction(parsed =>
        {
            CommonOptions common = readCommon(parsed);
            TOptions values = read(parsed);
            var output = new CommandOutput(streams, common);
            output.CheckTargets();
            cancellation.ThrowIfCancellationRequested();
            return handler(values, common, output, cancellation);
        });
        return command;
    }
}
