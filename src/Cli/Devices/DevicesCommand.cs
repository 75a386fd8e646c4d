using System.CommandLine;
using InfAdmm.Cli.Terminal;

namespace InfAdmm.Cli.Devices;

/// <summary><c>devices</c>: lists each backend with its hardware, or the reason why it cannot run.</summary>
internal static class DevicesCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create(CommandRunner run) =>
        run.Create("devices", "Lists each backend with its hardware, or why it cannot run.", _ => Backends.All, Run);

    private static int Run(
        Backend[] backends, CommonOptions common, CommandOutput output, CancellationToken cancellation)
    {
        DeviceReport[] devices = [.. backends.SelectMany(Describe)];
        output.Table(new TextTable(
            [new Column("backend", AlignRight: false), new Column("runs on", AlignRight: false)],
            [.. devices.Select(Row)]));
        output.Json(
            new DevicesReport("devices", Application.Version, devices), ReportJson.Default.DevicesReport);
        return ExitCode.Done;
    }

    private static IEnumerable<DeviceReport> Describe(Backend backend) =>
    [
        Describe(backend.Name, backend.Probe(null)),
        .. backend.Parts().Select(part => Describe($"{backend.Name}:{part}", backend.Probe(part))),
        .. backend.Refused().Select(
            refused => Describe($"{backend.Name}:{refused.Part}", ProbeResult.No(refused.Reason))),
    ];

    private static DeviceReport Describe(string name, ProbeResult probe) =>
        new(name, probe.Available, probe.Description, probe.Available ? null : probe.Reason);

    private static Cell[] Row(DeviceReport device) => device.Available
        ? [device.Name, device.Description ?? ""]
        : [new Cell(device.Name, CellStyle.Dim), new Cell($"not available: {device.Reason}", CellStyle.Dim)];
}
