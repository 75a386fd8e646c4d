namespace InfAdmm.Cli.Terminal;

/// <summary>The output streams, and whether they are terminals.</summary>
/// <param name="Out">The destination of results.</param>
/// <param name="Error">The destination of notes, progress and errors.</param>
internal sealed record Streams(TextWriter Out, TextWriter Error)
{
    /// <summary>Whether results go to a terminal.</summary>
    public bool OutIsTerminal { get; } = ReferenceEquals(Out, Console.Out) && !Console.IsOutputRedirected;

    /// <summary>Whether notes go to a terminal.</summary>
    public bool ErrorIsTerminal { get; } = ReferenceEquals(Error, Console.Error) && !Console.IsErrorRedirected;
}
