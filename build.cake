// The build: `dotnet cake` formats (as a check), builds and tests; `dotnet cake --target=NAME` does one of
// Format, Build, Test, TestWidths, Bench, Pack with what it needs.

using System.Text.Json;

var target = Argument("target", "Default");
var configuration = Argument("configuration", "Release");
var solution = "InfAdmm.slnx";

void Dotnet(string arguments)
{
    int exitCode = StartProcess("dotnet", arguments);
    if (exitCode != 0)
    {
        throw new CakeException(exitCode, $"dotnet {arguments} ended with {exitCode}");
    }
}

// BenchmarkDotNet names its report after the class; the results are named after the day.
void BenchOps(string file)
{
    const string Artifacts = "artifacts/bench";
    Dotnet($"run -c Release --project bench/Ops -- --artifacts {Artifacts}");
    string report = $"{Artifacts}/results/InfAdmm.Bench.Ops.OpBenchmark-report-github.md";
    System.IO.File.Copy(report, file, overwrite: true);
}

// The results of bench/peers as a Markdown table; a ratio above 1 means that we are faster.
string PeersTable(string file)
{
    using var json = JsonDocument.Parse(System.IO.File.ReadAllText(file));
    JsonElement root = json.RootElement;
    string Number(JsonElement element, string format) => element.ValueKind == JsonValueKind.Number
        ? element.GetDouble().ToString(format, System.Globalization.CultureInfo.InvariantCulture)
        : "–";
    var text = new System.Text.StringBuilder();
    text.AppendLine(
        $"{root.GetProperty("machine").GetString()}; {root.GetProperty("threads")} threads; " +
        $"at most {Number(root.GetProperty("fma_peak_gflops"), "0")} GFLOP/s, " +
        $"copies {Number(root.GetProperty("copy_gbps"), "0.0")} GB/s");
    text.AppendLine();
    text.AppendLine("| work | ours, ms | peer, ms | ratio | GFLOP/s | peer |");
    text.AppendLine("|---|---|---|---|---|---|");
    foreach (JsonElement row in root.GetProperty("rows").EnumerateArray())
    {
        text.AppendLine(
            $"| {row.GetProperty("work").GetString()} | {Number(row.GetProperty("ours_ms"), "0.000")} | " +
            $"{Number(row.GetProperty("peer_ms"), "0.000")} | {Number(row.GetProperty("ratio"), "0.00")} | " +
            $"{Number(row.GetProperty("gflops"), "0")} | {row.GetProperty("peer").GetString() ?? "–"} |");
    }

    return text.ToString();
}

Task("Format")
    .Description("Fails if a file is not formatted as .editorconfig asks.")
    .Does(() => Dotnet($"format {solution} --verify-no-changes"));

Task("Build")
    .Description("Builds everything; warnings are errors.")
    .Does(() => Dotnet($"build {solution} -c {configuration} --nologo"));

Task("Test")
    .Description("Runs all tests.")
    .IsDependentOn("Build")
    .Does(() => Dotnet($"test --solution {solution} -c {configuration} --no-build"));

Task("TestWidths")
    .Description("Runs the tests of the CPU backend as on older machines: without AVX-512, then without any intrinsics.")
    .Does(() =>
    {
        foreach (string name in new[] { "DOTNET_EnableAVX512", "DOTNET_EnableHWIntrinsic" })
        {
            var settings = new ProcessSettings
            {
                Arguments = $"tests/Kernels.Cpu.Tests/bin/{configuration}/net10.0/InfAdmm.Kernels.Cpu.Tests.dll -reporter silent",
                EnvironmentVariables = new Dictionary<string, string> { [name] = "0" },
            };
            int exitCode = StartProcess("dotnet", settings);
            if (exitCode != 0)
            {
                throw new CakeException(exitCode, $"the tests failed with {name}=0");
            }

            Information($"the tests pass with {name}=0");
        }
    });

Task("Bench")
    .Description("Measures and writes bench/results/DATE-*; --only=peers, ops, solvers or a part of solvers does one.")
    .Does(() =>
    {
        string only = Argument("only", "all");
        string results = $"bench/results/{DateTime.UtcNow:yyyy-MM-dd}";
        if (only is "all" or "ops")
        {
            BenchOps($"{results}-ops.md");
        }

        if (only is not ("peers" or "ops"))
        {
            bool all = only is "all" or "solvers";
            string file = all ? $"{results}-z-solvers.md" : $"{results}-{only}.md";
            Dotnet($"run -c Release --project bench/Solvers -- {(all ? "all" : only)} --out {file}");
        }

        // Last, so that the table of the peers is what the run ends with.
        if (only is "all" or "peers")
        {
            Dotnet($"run -c Release --project bench/peers -- --json {results}-peers.json");
            string table = PeersTable($"{results}-peers.json");
            System.IO.File.WriteAllText($"{results}-peers.md", table);
            Information(table);
        }
    });

Task("Pack")
    .Description("Publishes the command to artifacts/infadmm.")
    .Does(() => Dotnet("publish src/Cli -c Release -o artifacts/infadmm --nologo"));

Task("Default")
    .IsDependentOn("Format")
    .IsDependentOn("Build")
    .IsDependentOn("Test");

RunTarget(target);
