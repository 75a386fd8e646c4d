using InfAdmm.Engine;

namespace InfAdmm.Cli.Devices;

/// <summary>The result of probing a backend.</summary>
/// <param name="Available">Whether the backend can run.</param>
/// <param name="Description">The hardware that it runs on, if it can run.</param>
/// <param name="Reason">
/// Why it cannot run, with everything that was tried. If it can run: why <c>auto</c> does not choose it, or null.
/// </param>
internal readonly record struct ProbeResult(bool Available, string? Description, string? Reason)
{
    /// <summary>The backend can run.</summary>
    public static ProbeResult On(string description) => new(true, description, null);

    /// <summary>The backend can run, but <c>auto</c> does not choose it.</summary>
    public static ProbeResult OnlyByName(string description, string reason) => new(true, description, reason);

    /// <summary>The backend cannot run.</summary>
    public static ProbeResult No(string reason) => new(false, null, reason);
}

/// <summary>A backend that can be chosen with <c>--device</c>.</summary>
/// <param name="Name">
/// The name on the command line. A backend with several devices takes a suffix after a colon.
/// </param>
/// <param name="Probe">Checks whether the backend can run, given the suffix.</param>
/// <param name="Create">Creates the device, given the suffix.</param>
internal sealed record Backend(
    string Name, Func<string?, ProbeResult> Probe, Func<string?, CommonOptions, Device> Create)
{
    /// <summary>Lists the suffixes that are available on this machine.</summary>
    public Func<IReadOnlyList<string>> Parts { get; init; } = () => [];

    /// <summary>
    /// Lists devices that were found but cannot be used, if others of the same kind can: the kind and the reason.
    /// </summary>
    public Func<IReadOnlyList<(string Part, string Reason)>> Refused { get; init; } = () => [];
}
