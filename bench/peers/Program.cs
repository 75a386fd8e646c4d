using System.CommandLine;
using System.CommandLine.Invocation;
using System.Globalization;
using InfAdmm.Bench.Peers.Timing;
using InfAdmm.Kernels.Cpu;

namespace InfAdmm.Bench.Peers;

/// <summary>Measures our inference and training against those of others, in turns in one run.</summary>
internal static class Program
{
    private const int Failed = 1;
    private const int Usage = 2;
    private const string LatencyWork = "cpsdae-256-b1";

    private static int Main(string[] args)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        ParseResult parsed = PeersCommand.Create(Run).Parse(args);
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
        IReadOnlyList<Work> works = Work.All();
        Work[] chosen = [.. works.Where(work => options.Includes(work.Id))];
        if (chosen.Length == 0)
        {
            string known = string.Join(", ", works.Select(work => work.Id));
            return Fail(Usage, $"no row starts with {string.Join(" or ", options.Only)}: there are {known}");
        }

        using CpuDevice device = CpuDevice.Create(options.Threads, options.Width);
        var peak = new FmaPeak(options.Threads, options.Width);
        var copies = new CopyBandwidth(options.Threads);
        var bench = new InferenceBench(device, options, Console.Error);
        var rows = new List<Row>();
        foreach (Work work in chosen)
        {
            Console.Error.WriteLine(work.Id);
            peak.Sample();
            copies.Sample();
            rows.Add(bench.Measure(work));
        }

        var descriptions = new List<string>();
        if (options.Latency)
        {
            descriptions.AddRange(works.Where(work => work.Id == LatencyWork).Select(bench.DescribeLatency));
        }

        if (options.Accuracy)
        {
            descriptions.AddRange(chosen.Where(work => !work.IsLayer).Select(bench.DescribeAccuracy));
        }

        string machine = $"{Machine.Name}, {(int)options.Width}-bit vectors";
        var report = new Report(machine, options.Threads, peak.Best, copies.Best, rows);
        if (options.Json is not null)
        {
            report.WriteJson(options.Json);
        }

        report.WriteTable(Console.Out);
        descriptions.ForEach(Console.WriteLine);
        return 0;
    }

    private static int Fail(int code, string message)
    {
        Console.Error.WriteLine($"error: {message}");
        return code;
    }
}
