namespace InfAdmm.Cli.Terminal;

/// <summary>Where a command writes, and whether a person watches it there.</summary>
/// <param name="Out">Results.</param>
/// <param name="Error">Notes, progress and errors.</param>
internal sealed record Streams(TextWriter Out, TextWriter Error)
{
    /// <summary>True if results appear on a terminal.</summary>
    public bool OutIsTerminal { get; } = ReferenceEquals(Out, Console.Out) && !Console.IsOutputRedirected;

    /// <summary>True if notes appear on a terminal.</summary>
    public bool ErrorIsTerminal { get; } = ReferenceEquals(Error, Console.Error) && !Console.IsErrorRedirected;
}
