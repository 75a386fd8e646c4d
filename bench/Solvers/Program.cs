using System.Globalization;
using InfAdmm.Bench;
using InfAdmm.Bench.Solvers;
using InfAdmm.Kernels.Cpu;

// Benchmarks of the z-solvers, of the ops that they use and of whole restorations: equal-error, scaling, scipy, passes,
// fft, restoration, operators, penalty, warm-start, or all. Prints Markdown; --out FILE also writes it to a file.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string[] names = ["equal-error", "scaling", "scipy", "passes", "fft", "restoration", "operators", "penalty", "warm-start"];
int outAt = Array.IndexOf(args, "--out");
string? file = outAt >= 0 && outAt + 1 < args.Length ? args[outAt + 1] : null;
string[] chosen = [.. args.Where((arg, i) => outAt < 0 || (i != outAt && i != outAt + 1))];
if (chosen.Length == 0 || chosen.Contains("all"))
{
    chosen = names;
}

if (chosen.Except(names).FirstOrDefault() is { } unknown)
{
    Console.Error.WriteLine($"error: no benchmark '{unknown}': choose from {string.Join(", ", names)}, all");
    return 2;
}

using var device = CpuDevice.Create();
using var text = new StringWriter();
text.WriteLine($"Machine: {Machine.Name}; {device.Name}; {DateTime.UtcNow:yyyy-MM-dd}.");
foreach (string name in chosen)
{
    switch (name)
    {
        case "equal-error":
            EqualError.Run(device, text);
            break;
        case "scaling":
            Scaling.Run(device, text);
            break;
        case "passes":
            MemoryBandwidth.Run(text);
            break;
        case "operators":
            Operators.Run(device, text);
            break;
        case "penalty":
            PenaltyRules.Run(device, text);
            break;
        case "restoration":
            Restoration.Run(device, text);
            break;
        case "warm-start":
            WarmStart.Run(device, text);
            break;
        case "fft":
            FourierPeer.Run(text);
            break;
        default:
            SciPyPeer.Run(text);
            break;
    }
}

Console.Write(text.ToString());
if (file is not null)
{
    File.WriteAllText(file, text.ToString());
}

return 0;
