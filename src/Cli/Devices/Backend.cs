using InfAdmm.Engine;

namespace InfAdmm.Cli.Devices;

/// <summary>What a backend found when it was asked whether it can run.</summary>
/// <param name="Available">It can.</param>
/// <param name="Description">What it runs on, if it can.</param>
/// <param name="Reason">
/// Why it cannot, with all that was tried; if it can, why it runs only where it is named, or null.
/// </param>
internal readonly record struct ProbeResult(bool Available, string? Description, string? Reason)
{
    /// <summary>It runs.</summary>
    public static ProbeResult On(string description) => new(true, description, null);

    /// <summary>It runs, but <c>auto</c> leaves it alone.</summary>
    public static ProbeResult OnlyByName(string description, string reason) => new(true, description, reason);

    /// <summary>It does not.</summary>
    public static ProbeResult No(string reason) => new(false, null, reason);
}

/// <summary>A way to compute that can be chosen by <c>--device</c>.</summary>
/// <param name="Name">What users type; with a colon and more for backends that have several devices.</param>
/// <param name="Probe">Says whether it can run, given the part of the name after the colon.</param>
/// <param name="Create">Makes the device, given that part.</param>
internal sealed record Backend(
    string Name, Func<string?, ProbeResult> Probe, Func<string?, CommonOptions, Device> Create)
{
    /// <summary>What may stand after the colon here.</summary>
    public Func<IReadOnlyList<string>> Parts { get; init; } = () => [];

    /// <summary>What was found and cannot be used, though others of its kind can: the name of the kind, and why.</summary>
    public Func<IReadOnlyList<(string Part, string Reason)>> Refused { get; init; } = () => [];
}
