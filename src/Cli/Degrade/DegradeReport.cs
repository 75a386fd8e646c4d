using InfAdmm.Cli.Devices;

namespace InfAdmm.Cli.Degrade;

/// <summary>The JSON of <c>degrade</c>.</summary>
internal sealed record DegradeReport(
    string Command, string Task, ReportedDevice Device, IReadOnlyList<DegradedFile> Files);

/// <summary>A measurement that was written.</summary>
/// <param name="Input">The image.</param>
/// <param name="Output">The measurement, 16 bits a sample.</param>
/// <param name="Channels">Of the measurement.</param>
/// <param name="Height">Of the measurement.</param>
/// <param name="Width">Of the measurement.</param>
internal sealed record DegradedFile(string Input, string Output, int Channels, int Height, int Width);
