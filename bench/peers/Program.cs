using System.CommandLine;
using System.CommandLine.Invocation;
using System.Globalization;
using InfAdmm.Bench.Peers.Timing;
using InfAdmm.Cli.Options;
using InfAdmm.Kernels.Cpu;

namespace InfAdmm.Bench.Peers;

/// <summary>Compares our inference and training with those of other libraries, interleaved in one run.</summary>
internal static class Program
{
    private const int Failed = 1;
    private const int Usage = 2;
    private const string LatencyCase = "cpsdae-256-b1";

    private static int Main(string[] args)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        var command = new RootCommand(
            "Compares inference with ONNX Runtime and training with PyTorch on this machine.");
        Func<ParseResult, PeersOptions> read = OptionBinder.Declare(command, options => new PeersOptions(options));
        command.SetAction(parsed => Run(read(parsed)));
        ParseResult parsed = command.Parse(args);
        if (parsed.Action is ParseErrorAction)
        {
            return Fail(Usage, parsed.Errors[0].Message);
        }

        try
        {
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (Exception failure)
        {
            return Fail(Failed, failure.Message);
        }
    }

    private static int Run(PeersOptions options)
    {
        using CpuDevice device = CpuDevice.Create(options.Threads, options.Width);
        IReadOnlyList<BenchmarkCase> all = BenchmarkCase.All(device);
        BenchmarkCase[] chosen = [.. all.Where(benchmark => options.Includes(benchmark.Id))];
        bool trains = options.Includes(TrainingBench.Id) || options.Includes(TrainingBench.PeerId);
        bool alternates = options.Includes(AlternationBench.Id);
        bool restores = options.Includes(PipelineBench.Id);
        if (chosen.Length == 0 && !trains && !alternates && !restores)
        {
            string known = string.Join(", ", all.Select(benchmark => benchmark.Id).Concat([TrainingBench.Id, AlternationBench.Id, PipelineBench.Id]));
            return Fail(Usage, $"no row starts with {string.Join(" or ", options.Only)}: the rows are {known}");
        }

        var conditions = new Conditions(options.Threads, options.Width);
        var bench = new InferenceBench(device, options, Console.Error);
        var rows = new List<Row>();
        foreach (BenchmarkCase benchmark in chosen)
        {
            Console.Error.WriteLine(benchmark.Id);
            conditions.Sample();
            rows.Add(bench.Measure(benchmark));
        }

        if (restores)
        {
            Console.Error.WriteLine(PipelineBench.Id);
            conditions.Sample();
            rows.Add(new PipelineBench(device, options).Measure());
        }

        if (trains)
        {
            Console.Error.WriteLine(TrainingBench.Id);
            conditions.Sample();
            rows.AddRange(new TrainingBench(device, options, Console.Error).Measure());
            conditions.Sample();
        }

        if (alternates)
        {
            Console.Error.WriteLine(AlternationBench.Id);
            conditions.Sample();
            if (new AlternationBench(device, options, Console.Error).Measure() is { } row)
            {
                rows.Add(row);
            }

            conditions.Sample();
        }

        var descriptions = new List<string>();
        if (options.Latency)
        {
            descriptions.AddRange(all.Where(benchmark => benchmark.Id == LatencyCase).Select(bench.DescribeLatency));
        }

        if (options.Accuracy)
        {
            descriptions.AddRange(chosen.Where(benchmark => !benchmark.IsLayer).Select(bench.DescribeAccuracy));
        }

        string machine = $"{Machine.Name}, {(int)options.Width}-bit vectors";
        double peak = conditions.FmaPeakGflops;
        Row[] complete = [.. rows.Select(row => row with { Ratio = row.Ratio ?? row.Gflops / peak })];
        var report = new Report(machine, options.Threads, peak, conditions.CopyGbps, complete);
        if (options.Json is not null)
        {
            report.WriteJson(options.Json);
        }

        report.WriteTable(Console.Out);
        descriptions.ForEach(Console.WriteLine);
        if (conditions.Warning is { } warning)
        {
            Console.Error.WriteLine(warning);
        }

        return 0;
    }

    private static int Fail(int code, string message)
    {
        Console.Error.WriteLine($"error: {message}");
        return code;
    }
}
