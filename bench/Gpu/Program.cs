using System.Globalization;
using InfAdmm.Bench.Gpu;
using InfAdmm.Cli;
using InfAdmm.Kernels.Cuda;

// The program that bench/gpu.sh runs on a machine with a GPU and without .NET:
//   check --out DIR            ops, networks and ADMM against their references; DIR gets check.json
//   bench --out DIR [--quick]  ops, networks and ADMM iterations; DIR gets gpu.json and the files of the PyTorch peer
//   table --out DIR            a short table of the folder's results; fails if conformance failed
//   count                      large ops, networks and ADMM iterations once each, for the stand-in to count
//   model CARD SASS            predicted times on a100, h100 or h200, from what the stand-in executes of the PTX and from
//                              the report SASS of native/sass-report.sh
//   infadmm …                  the command itself
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string command = args.Length > 0 ? args[0] : "";
if (command == "infadmm")
{
    return Application.Run(args[1..], Console.Out, Console.Error);
}

if (command == "count" && args.Length == 1 && CudaDevice.Probe().Available)
{
    CountedWork.Run(Console.Out);
    return 0;
}

if (args is ["model", { } name, { } report])
{
    if (Card.All.FirstOrDefault(one => one.Name == name) is not { } card)
    {
        Console.Error.WriteLine($"error: no card '{name}': choose {string.Join(", ", Card.All.Select(one => one.Name))}");
        return 2;
    }

    if (!KernelCounts.AreAvailable)
    {
        Console.Error.WriteLine(
            "error: the model needs the stand-in for the driver: build native/host/build.sh DIR, and set " +
            "INFADMM_CUDA_LIBRARY_PATH=DIR and INFADMM_STANDIN=ptx=1");
        return 2;
    }

    new CardModel(card, MachineCode.Read(report, card.Architecture), Console.Out).Run();
    return 0;
}

bool quick = args is [_, "--out", _, "--quick"];
if (args is not [_, "--out", { } directory, ..] || (args.Length > 3 && !quick))
{
    Console.Error.WriteLine(
        "error: choose 'check --out DIR', 'bench --out DIR [--quick]', 'table --out DIR', 'count', 'model CARD SASS' or " +
        "'infadmm …'");
    return 2;
}

if (command == "table")
{
    return new ResultTable(directory, Console.Out).Write() ? 0 : 1;
}

CudaProbe probe = CudaDevice.Probe();
if (!probe.Available)
{
    Console.Error.WriteLine($"error: no CUDA device: {probe.Description}");
    return 2;
}

Directory.CreateDirectory(directory);
Console.WriteLine(probe.Description);
switch (command)
{
    case "check":
        List<CheckRow> rows = [.. new ConformanceCheck(Console.Out).Run()];
        GpuJson.Write(directory, ConformanceCheck.FileName, rows, GpuJson.Default.ListCheckRow);
        return rows.All(row => row.Failed == 0) ? 0 : 1;
    case "bench":
        return GpuReport.Measure(directory, probe.Description, quick) ? 0 : 1;
    default:
        Console.Error.WriteLine($"error: '{command}' is not one of check, bench, table, count, model, infadmm");
        return 2;
}
