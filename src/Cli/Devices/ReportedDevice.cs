namespace InfAdmm.Cli.Devices;

/// <summary>What computed the results.</summary>
internal sealed record ReportedDevice(string Name, int Threads);
