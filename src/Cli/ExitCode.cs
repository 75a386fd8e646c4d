namespace InfAdmm.Cli;

/// <summary>The exit codes of the process.</summary>
internal static class ExitCode
{
    /// <summary>Success.</summary>
    public const int Done = 0;

    /// <summary>A failure that the user did not cause, such as a device error, a full disk or a bug.</summary>
    public const int Failed = 1;

    /// <summary>Wrong usage or invalid input.</summary>
    public const int Usage = 2;

    /// <summary>Interrupted by Ctrl-C or SIGTERM.</summary>
    public const int Interrupted = 130;
}
