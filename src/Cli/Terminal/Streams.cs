using InfAdmm.Storage;

namespace InfAdmm.Cli.Terminal;

/// <summary>The input and the outputs of a command, and whether outputs are terminals.</summary>
/// <param name="Out">The destination of results.</param>
/// <param name="Error">The destination of notes, progress and errors.</param>
internal sealed record Streams(TextWriter Out, TextWriter Error)
{
    /// <summary>Opens stdin for a command that reads bytes.</summary>
    public Func<Stream> OpenInput { get; init; } = StandardStreams.OpenInput;

    /// <summary>Opens stdout for a command that writes bytes.</summary>
    public Func<Stream> OpenOutput { get; init; } = StandardStreams.OpenOutput;

    /// <summary>Whether results go to a terminal.</summary>
    public bool OutIsTerminal { get; } = ReferenceEquals(Out, Console.Out) && !Console.IsOutputRedirected;

    /// <summary>Whether notes go to a terminal.</summary>
    public bool ErrorIsTerminal { get; } = ReferenceEquals(Error, Console.Error) && !Console.IsErrorRedirected;
}
