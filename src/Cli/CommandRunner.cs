using System.CommandLine;
using InfAdmm.Cli.Terminal;

namespace InfAdmm.Cli;

/// <summary>Does for every command what comes before its handler.</summary>
/// <param name="common">The options that all commands share.</param>
/// <param name="streams">Where the command writes.</param>
/// <param name="cancellation">Ends the command early.</param>
internal sealed class CommandRunner(CommonOptionSet common, Streams streams, CancellationToken cancellation)
{
    /// <summary>A command's handler.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public delegate int Handler<TOptions>(
        TOptions options, CommonOptions common, CommandOutput output, CancellationToken cancellation);

    /// <summary>
    /// Makes the command run its handler, after all places that it will write to were found usable: nobody should
    /// wait for a computation whose result cannot be kept.
    /// </summary>
    /// <param name="command">The command.</param>
    /// <param name="read">Reads the options of the command.</param>
    /// <param name="handler">Runs it.</param>
    public void Handle<TOptions>(Command command, Func<ParseResult, TOptions> read, Handler<TOptions> handler)
    {
        command.SetAction(parsed =>
        {
            CommonOptions shared = common.Read(parsed);
            TOptions options = read(parsed);
            var output = new CommandOutput(streams, shared);
            output.CheckTargets();
            cancellation.ThrowIfCancellationRequested();
            return handler(options, shared, output, cancellation);
        });
    }
}
