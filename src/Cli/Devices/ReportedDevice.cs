namespace InfAdmm.Cli.Devices;

/// <summary>The device that computed the results.</summary>
internal sealed record ReportedDevice(string Name, int Threads);
