using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using InfAdmm.Bench.Ops;
using InfAdmm.Conformance;
using Perfolizer.Horology;

// Runs conformance cases under BenchmarkDotNet: the large ones without --filter, or those that --filter names:
//     dotnet run -c Release --project bench/Ops -- --filter '*conv2d*'
// Other options are BenchmarkDotNet's. Runs in this process, so that nothing is built or restored during the run; few
// and short iterations, because there are many cases.
bool filters = args.Contains("--filter") || args.Contains("-f");
if (filters)
{
    OpBenchmark.Names = Suite.Large.Keys.Union(Suite.Cases.Keys);
}

Job job = Job.Default
    .WithToolchain(InProcessEmitToolchain.Instance)
    .WithWarmupCount(2)
    .WithIterationCount(7)
    .WithIterationTime(TimeInterval.FromMilliseconds(100));
IConfig config = ManualConfig.CreateEmpty()
    .AddJob(job)
    .AddLogger(ConsoleLogger.Default)
    .AddColumnProvider(
        DefaultColumnProviders.Params, DefaultColumnProviders.Statistics, DefaultColumnProviders.Metrics)
    .AddColumn(StatisticColumn.Min, StatisticColumn.Median)
    .AddExporter(MarkdownExporter.GitHub)
    .WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(100))
    .WithOptions(ConfigOptions.DisableLogFile);
string[] arguments = filters ? args : [.. args, "--filter", "*"];
Summary[] summaries = [.. BenchmarkSwitcher.FromTypes([typeof(OpBenchmark)]).Run(arguments, config)];
bool listed = args.Contains("--list") || args.Contains("--help") || args.Contains("--version");
bool ran = summaries.Length > 0 && summaries.All(s => s.Reports.Length > 0 && s.Reports.All(r => r.Success));
return ran || listed ? 0 : 1;
