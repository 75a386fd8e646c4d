namespace InfAdmm.Cli.Devices;

/// <summary>The JSON of <c>devices</c>.</summary>
internal sealed record DevicesReport(string Command, string Version, IReadOnlyList<DeviceReport> Devices);

/// <summary>One backend.</summary>
/// <param name="Name">The name that <c>--device</c> accepts.</param>
/// <param name="Available">Whether the backend can run on this machine.</param>
/// <param name="Description">The hardware that it runs on; null if it cannot run.</param>
/// <param name="Reason">Why it cannot run; null if it can.</param>
internal sealed record DeviceReport(string Name, bool Available, string? Description, string? Reason);
