using InfAdmm.Cli.Devices;

namespace InfAdmm.Cli.Restore;

/// <summary>The JSON report of <c>restore</c>.</summary>
/// <param name="Command">The command: restore.</param>
/// <param name="Version">The version of the program.</param>
/// <param name="Device">The device that computed the results.</param>
/// <param name="Task">The name of the image task.</param>
/// <param name="Weights">The file of the prior, or the name of the built-in one; for colour pictures.</param>
/// <param name="Files">The files, in the order given.</param>
internal sealed record RestoreReport(
    string Command, string Version, ReportedDevice Device, string Task, string Weights,
    IReadOnlyList<RestoredFile> Files);

/// <summary>The result for one file.</summary>
/// <param name="File">The measurement file.</param>
/// <param name="Output">The restored file; null if restoration failed.</param>
/// <param name="Width">The width of the restored picture, in pixels.</param>
/// <param name="Height">The height of the restored picture, in pixels.</param>
/// <param name="Seconds">The time from the start of reading to the end of writing.</param>
/// <param name="Iterations">The number of ADMM iterations.</param>
/// <param name="Weights">The file of the prior that restored it, or the name of the built-in one.</param>
/// <param name="Certificate">
/// With --certificate, the largest bound on the relative error of a z-update; null if the z-solver has none.
/// </param>
/// <param name="ZUpdates">The number of z-updates: the iterations, summed over the tiles.</param>
/// <param name="GuardedSteps">The number of z-updates that the guard improved; null without a guard.</param>
/// <param name="Error">The error message; null if the file was restored.</param>
/// <param name="Skipped">Whether an earlier run on the archive restored it.</param>
internal sealed record RestoredFile(
    string File, string? Output, int? Width, int? Height, double Seconds, int? Iterations, string? Weights,
    double? Certificate, int? ZUpdates, int? GuardedSteps, string? Error,
    bool Skipped = false);
