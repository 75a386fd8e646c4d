using System.CommandLine;
using System.Globalization;
using InfAdmm.Bench;
using InfAdmm.Bench.Latency;
using InfAdmm.Kernels.Cpu;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var task = new Option<string>("--task") { DefaultValueFactory = _ => "sr4", Description = "sr4, deblur or color-sr2" };
var size = new Option<int>("--size") { DefaultValueFactory = _ => 256, Description = "side of the restored picture" };
var calls = new Option<int>("--calls") { DefaultValueFactory = _ => 2000, Description = "calls of each measurement" };
var threads = new Option<int>("--threads") { Description = "threads of a device; 0 for one per core" };
var cores = new Option<int[]>("--core")
{
    DefaultValueFactory = _ => [],
    Description = "a core for the threads; the first is the caller's; may be given several times",
};
var watch = new Option<double?>("--watch") { Description = "milliseconds that idle threads watch for work" };
var restorers = new Option<int>("--restorers")
{
    DefaultValueFactory = _ => 8,
    Description = "restorers that run at the same time in the second table; 0 to leave it out",
};
var root = new RootCommand("Measures the latency of Restorer.Restore.") { task, size, calls, threads, cores, watch, restorers };
root.SetAction(parsed =>
{
    int[] bound = parsed.GetValue(cores)!;
    var options = new CpuThreadOptions
    {
        Count = parsed.GetValue(threads),
        Cores = [.. bound.Skip(1)],
        Watch = parsed.GetValue(watch) is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null,
    };
    if (bound.Length > 0)
    {
        CpuThreads.PinCaller(bound[0]);
    }

    Console.WriteLine($"{parsed.GetValue(task)}, restored to {parsed.GetValue(size)}²; {Machine.Name}");
    SingleCaller.Run(parsed.GetValue(task)!, parsed.GetValue(size), parsed.GetValue(calls), options);
    if (parsed.GetValue(restorers) is > 0 and var count)
    {
        ManyCallers.Run(parsed.GetValue(task)!, parsed.GetValue(size), parsed.GetValue(calls), count, options);
    }
});
return root.Parse(args).Invoke();
