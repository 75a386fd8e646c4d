using System.Globalization;
using InfAdmm.Bench.Gpu;
using InfAdmm.Cli;
using InfAdmm.Kernels.Cuda;

// What bench/gpu.sh runs on a machine with a GPU and no .NET:
//   check                 the conformance suite, with the libraries and with our kernels alone
//   bench --out DIR       ops, networks and ADMM iterations; DIR gets gpu.json and what the PyTorch peer reads
//   infadmm …             the command itself
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string command = args.Length > 0 ? args[0] : "";
if (command == "infadmm")
{
    return Application.Run(args[1..], Console.Out, Console.Error);
}

CudaProbe probe = CudaDevice.Probe();
if (!probe.Available)
{
    Console.Error.WriteLine($"error: no CUDA device: {probe.Reason}");
    return 2;
}

Console.WriteLine(probe.Description);
switch (command)
{
    case "check":
        return ConformanceCheck.Run(Console.Out) ? 0 : 1;
    case "bench" when args is [_, "--out", { } directory]:
        Directory.CreateDirectory(directory);
        GpuReport.Measure(directory, probe.Description!);
        return 0;
    default:
        Console.Error.WriteLine("error: choose 'check', 'bench --out DIR' or 'infadmm …'");
        return 2;
}
