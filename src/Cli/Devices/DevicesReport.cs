namespace InfAdmm.Cli.Devices;

/// <summary>The JSON of <c>devices</c>.</summary>
internal sealed record DevicesReport(string Command, string Version, IReadOnlyList<DeviceReport> Devices);

/// <summary>One backend.</summary>
/// <param name="Name">As <c>--device</c> takes it.</param>
/// <param name="Available">It can run here.</param>
/// <param name="Description">What it runs on; null if it cannot.</param>
/// <param name="Reason">Why it cannot; null if it can.</param>
internal sealed record DeviceReport(string Name, bool Available, string? Description, string? Reason);
