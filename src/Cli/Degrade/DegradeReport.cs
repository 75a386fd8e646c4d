using InfAdmm.Cli.Devices;

namespace InfAdmm.Cli.Degrade;

/// <summary>The JSON of <c>degrade</c>.</summary>
internal sealed record DegradeReport(
    string Command, string Task, ReportedDevice Device, IReadOnlyList<DegradedFile> Files);

/// <summary>One measurement that was written.</summary>
/// <param name="Input">The image file.</param>
/// <param name="Output">The measurement file, with 16 bits per sample.</param>
/// <param name="Channels">The channels of the measurement.</param>
/// <param name="Height">The height of the measurement, in pixels.</param>
/// <param name="Width">The width of the measurement, in pixels.</param>
internal sealed record DegradedFile(string Input, string Output, int Channels, int Height, int Width);
