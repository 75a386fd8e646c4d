using InfAdmm.Cli.Devices;

namespace InfAdmm.Cli.Restore;

/// <summary>The JSON of <c>restore</c>.</summary>
/// <param name="Command">restore.</param>
/// <param name="Version">Of the program.</param>
/// <param name="Device">What computed.</param>
/// <param name="Task">One of the image tasks.</param>
/// <param name="Weights">The prior: its file, or the name of the one that comes with the program.</param>
/// <param name="Files">In the order that they were given in.</param>
internal sealed record RestoreReport(
    string Command, string Version, ReportedDevice Device, string Task, string Weights,
    IReadOnlyList<RestoredFile> Files);

/// <summary>What became of a file.</summary>
/// <param name="File">The measurement.</param>
/// <param name="Output">The restored picture; null if there is none.</param>
/// <param name="Width">Of the restored picture.</param>
/// <param name="Height">Of the restored picture.</param>
/// <param name="Seconds">From reading to writing.</param>
/// <param name="Iterations">Of ADMM.</param>
/// <param name="Error">Why it was not restored; null if it was.</param>
internal sealed record RestoredFile(
    string File, string? Output, int? Width, int? Height, double Seconds, int? Iterations, string? Error);
