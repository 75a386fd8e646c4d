namespace InfAdmm.Cli;

/// <summary>What the process returns.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>Anything that is not the user's: a device that failed, a full disk, a bug.</summary>
    public const int Failed = 1;

    /// <summary>Wrong usage or unusable input.</summary>
    public const int Usage = 2;

    /// <summary>Ended by Ctrl-C or SIGTERM.</summary>
    public const int Interrupted = 130;
}
