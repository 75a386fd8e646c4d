// The build: `dotnet cake` formats (as a check), builds and tests; `dotnet cake --target=NAME` does one of
// Format, Build, Test, TestWidths, Fuzz, Ptx, Sass, StandIn, TestCuda, Bench, Gallery, Pack, Native, TestNative, PackGpu with
// what it needs.

using System.Text.Json;

var target = Argument("target", "Default");
var configuration = Argument("configuration", "Release");
var solution = "InfAdmm.slnx";
const string StandIn = "artifacts/standin";
const string Native = "artifacts/native";
string CudaTests = $"tests/Kernels.Cuda.Tests/bin/{configuration}/net10.0/InfAdmm.Kernels.Cuda.Tests.dll";

void Dotnet(string arguments)
{
    int exitCode = StartProcess("dotnet", arguments);
    if (exitCode != 0)
    {
        throw new CakeException(exitCode, $"dotnet {arguments} ended with {exitCode}");
    }
}

void Run(string program, string arguments)
{
    int exitCode = StartProcess(program, arguments);
    if (exitCode != 0)
    {
        throw new CakeException(exitCode, $"{program} {arguments} ended with {exitCode}");
    }
}

// The first line that a program prints.
string Output(string program, string arguments)
{
    StartProcess(
        program, new ProcessSettings { Arguments = arguments, RedirectStandardOutput = true },
        out IEnumerable<string> lines);
    return lines.First();
}

bool CanRun(string program, string arguments)
{
    try
    {
        var settings = new ProcessSettings
        {
            Arguments = arguments, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        return StartProcess(program, settings) == 0;
    }
    catch (Exception)
    {
        return false;
    }
}

void BuildStandIn()
{
    Run("native/host/build.sh", StandIn);
    Run("native/host/build.sh", $"{StandIn}-asan --asan");
}

// The PTX in the tree is what clang-19 makes of native/*.cu; one test.
void CheckPtx(TestCounts counts)
{
    int exitCode = StartProcess("native/build-ptx.sh", "--check");
    counts.Skipped += exitCode == 3 ? 1 : 0;
    counts.Passed += exitCode == 0 ? 1 : 0;
    counts.Failed += exitCode is not (0 or 3) ? 1 : 0;
}

// Every function that the backend binds was called by some test; one test.
void CheckCoverage(TestCounts counts, string file)
{
    var bound = System.IO.Directory.EnumerateFiles("src/Kernels/Cuda/Interop", "*.cs")
        .SelectMany(path => System.Text.RegularExpressions.Regex.Matches(
            System.IO.File.ReadAllText(path), @"static (?:unsafe )?partial [^\n(]*?\b((?:cu|cudnn|cublas|cufft|nccl)[A-Z]\w*)\("))
        .Select(match => match.Groups[1].Value)
        .ToHashSet();
    var called = System.IO.File.ReadLines(file).ToHashSet();
    string[] missed = bound.Except(called).Order().ToArray();
    Information($"{bound.Count - missed.Length} of {bound.Count} bound functions were called on the stand-in");
    foreach (string name in missed)
    {
        Information($"not called: {name}");
    }

    counts.Passed += bound.Count > 0 && missed.Length == 0 ? 1 : 0;
    counts.Failed += bound.Count == 0 || missed.Length > 0 ? 1 : 0;
}

// Every kernel of the embedded PTX was executed by the interpreter; one test. `file` is the table of those that were.
void CheckKernels(TestCounts counts, string file)
{
    var kernels = System.IO.Directory.EnumerateFiles("src/Kernels/Cuda/Ptx", "*.ptx")
        .SelectMany(path => System.Text.RegularExpressions.Regex.Matches(
            System.IO.File.ReadAllText(path), @"\.entry (\w+)\("))
        .Select(match => match.Groups[1].Value)
        .ToHashSet();
    var executed = System.IO.File.Exists(file)
        ? System.IO.File.ReadLines(file).Select(line => line.Split('|').ElementAtOrDefault(1)?.Trim() ?? "").ToHashSet()
        : [];
    string[] missed = kernels.Except(executed).Order().ToArray();
    Information($"{kernels.Count - missed.Length} of {kernels.Count} kernels were executed from their PTX");
    foreach (string name in missed)
    {
        Information($"not executed: {name}");
    }

    counts.Passed += kernels.Count > 0 && missed.Length == 0 ? 1 : 0;
    counts.Failed += kernels.Count == 0 || missed.Length > 0 ? 1 : 0;
}

// Runs the tests of the CUDA backend in a process of their own, with the stand-in for the driver.
void TestOnStandIn(TestCounts counts, string what, string arguments, Dictionary<string, string> environment)
{
    environment.TryAdd("INFADMM_CUDA_LIBRARY_PATH", System.IO.Path.GetFullPath(StandIn));
    environment.TryAdd("INFADMM_PLANTED_RUNNER", System.IO.Path.GetFullPath($"{StandIn}-asan/planted"));
    var settings = new ProcessSettings
    {
        Arguments = $"{CudaTests} {arguments} -noLogo",
        EnvironmentVariables = environment,
        RedirectStandardOutput = true,
    };
    int exitCode = StartProcess("dotnet", settings, out IEnumerable<string> output);
    string[] lines = output.ToArray();
    var summary = lines
        .Select(line => System.Text.RegularExpressions.Regex.Match(
            line, @"Total: (\d+), Errors: (\d+), Failed: (\d+), Skipped: (\d+)"))
        .LastOrDefault(match => match.Success);
    int[] numbers = summary is null
        ? [0, 1, 0, 0]
        : [.. Enumerable.Range(1, 4).Select(i => int.Parse(summary.Groups[i].Value))];
    int failed = numbers[1] + numbers[2];
    if (exitCode != 0)
    {
        foreach (string line in lines)
        {
            Information(line);
        }

        failed = Math.Max(failed, 1);
    }

    int passed = Math.Max(numbers[0] - numbers[2] - numbers[3], 0);
    Information($"{what}: {passed} passed, {failed} failed, {numbers[3]} skipped");
    counts.Passed += passed;
    counts.Failed += failed;
    counts.Skipped += numbers[3];
}

// Compiles a project ahead of time for a level of x86-64, without the code analysis of every other build. Returns the folder
// with the result, apart from those of other builds, which refer to ILGPU.
string PublishNative(string project, string level)
{
    const string Folder = $"{Native}/obj/publish";
    CleanDirectory(Folder);
    Dotnet(
        $"publish {project} -c Release -r linux-x64 --artifacts-path {Native}/obj -p:PublishAot=true " +
        $"-p:IlcInstructionSet={level} -p:NativeDebugSymbols=false -p:RunAnalyzers=false " +
        $"-o {Folder} --nologo -v q");
    return Folder;
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
    .Description("Runs the tests of the CPU backend as on older machines: without AVX-512, then without any intrinsics; --runs=N for more.")
    .Does(() =>
    {
        int runs = int.Parse(Argument("runs", "2"), System.Globalization.CultureInfo.InvariantCulture);
        string[] names = ["DOTNET_EnableAVX512", "DOTNET_EnableHWIntrinsic", "DOTNET_EnableAVX2"];
        for (int run = 0; run < runs; run++)
        {
            string name = names[run % names.Length];
            var environment = new Dictionary<string, string> { [name] = "0" };
            if (runs > 2)
            {
                environment["DOTNET_PROCESSOR_COUNT"] = $"{Random.Shared.Next(1, 9)}";
            }

            int exitCode = StartProcess("dotnet", new ProcessSettings
            {
                Arguments = $"tests/Kernels.Cpu.Tests/bin/{configuration}/net10.0/InfAdmm.Kernels.Cpu.Tests.dll -reporter quiet",
                EnvironmentVariables = environment,
            });
            string settings = string.Join(", ", environment.Select(pair => $"{pair.Key}={pair.Value}"));
            if (exitCode != 0)
            {
                throw new CakeException(exitCode, $"run {run + 1}: the tests failed with {settings}");
            }

            Information($"run {run + 1}: the tests pass with {settings}");
        }
    });

Task("Fuzz")
    .Description("Feeds damaged files to every reader for a minute; --seconds=N for longer.")
    .Does(() => Dotnet(
        $"run -c {configuration} --project tests/Fuzz -- all --seconds {Argument("seconds", "60")}"));

Task("Ptx")
    .Description("Compiles native/*.cu to the PTX that the CUDA backend embeds; needs clang-19.")
    .Does(() => Run("native/build-ptx.sh", ""));

Task("Sass")
    .Description("Writes bench/results/DATE-sass.md, what ptxas makes of the PTX; needs ptxas and nvdisasm, --tools=DIR if not on the path.")
    .Does(() =>
    {
        string file = $"bench/results/{DateTime.UtcNow:yyyy-MM-dd}-sass.md";
        string tools = Argument("tools", "");
        string where = tools.Length > 0 ? $"--tools \"{tools}\" " : "";
        Run("native/sass-report.sh", $"{where}--out {file}");
        Information(file);
    });

Task("StandIn")
    .Description("Builds the stand-in for the CUDA driver and libraries, which runs the kernels on the CPU; needs g++.")
    .Does(BuildStandIn);

Task("TestCuda")
    .Description("Runs the CUDA backend's tests without a GPU, on the stand-in; the last line counts them.")
    .Does(() =>
    {
        var counts = new TestCounts();
        Dotnet($"build tests/Kernels.Cuda.Tests -c {configuration} --nologo -v q");
        CheckPtx(counts);
        if (!CanRun("g++", "--version"))
        {
            Information("no g++: the stand-in cannot be built, and what runs on it is skipped");
            counts.Skipped++;
        }
        else
        {
            BuildStandIn();
            string coverage = $"{StandIn}/called.txt";
            System.IO.File.Delete(coverage);
            TestOnStandIn(counts, "all tests", "", new() { ["INFADMM_STANDIN_COVERAGE"] = coverage });
            TestOnStandIn(
                counts, "conformance, threads in descending order", "-class InfAdmm.Kernels.Cuda.Tests.ConformanceTests",
                new() { ["INFADMM_STANDIN"] = "thread_order=1" });
            TestOnStandIn(
                counts, "conformance, under AddressSanitizer", "-class InfAdmm.Kernels.Cuda.Tests.ConformanceTests",
                new()
                {
                    ["INFADMM_CUDA_LIBRARY_PATH"] = System.IO.Path.GetFullPath($"{StandIn}-asan"),
                    ["LD_PRELOAD"] = Output("g++", "-print-file-name=libasan.so"),
                    ["ASAN_OPTIONS"] = "handle_segv=0:detect_leaks=0:use_sigaltstack=0",
                });
            CheckCoverage(counts, coverage);
            string kernels = $"{StandIn}/kernels.md";
            System.IO.File.Delete(kernels);
            string[] executed = ["ConformanceTests.Op_agrees*", "NetworkTests.*", "InferencePlanTests.*", "AdmmTests.*"];
            TestOnStandIn(
                counts, "the PTX itself, executed",
                string.Join(" ", executed.Select(name => $"-method InfAdmm.Kernels.Cuda.Tests.{name}")),
                new() { ["INFADMM_STANDIN"] = "ptx=1", ["INFADMM_STANDIN_KERNELS"] = kernels });
            CheckKernels(counts, kernels);
        }

        // At the very end, after the table of tasks.
        AppDomain.CurrentDomain.ProcessExit += (_, _) => System.Console.WriteLine(
            $"{counts.Passed} passed, {counts.Failed} failed, {counts.Skipped} skipped");
        if (counts.Failed > 0)
        {
            throw new CakeException("tests of the CUDA backend failed");
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

Task("Gallery")
    .Description("Draws the pictures of docs/learned-priors.md, docs/restore.md and docs/sharp.md, and restores them with the weights under models/.")
    .Does(() =>
    {
        const string Folder = "artifacts/gallery";
        const string Figures = "docs/figures";
        Dotnet($"run -c Release --project bench/Gallery -- draw {Folder}");
        foreach (string task in new[] { "mnist-sr4", "sr4", "deblur", "color-sr2" })
        {
            string pictures = task == "mnist-sr4" ? "digits" : "pictures";
            Dotnet(
                $"run -c Release --project src/Cli -- evaluate --task {task} --data {Folder}/{pictures} " +
                $"--device cpu --out {Folder}/{task} --json {Folder}/{task}.json");
            Dotnet(
                "run -c Release --project bench/Gallery -- " +
                $"webp {Folder}/{task}/contact-sheet.png {Figures}/gallery-{task}.webp");
        }

        Dotnet(
            "run -c Release --project bench/Gallery -- " +
            $"shrink {Folder}/pictures/lettering.png {Folder}/small/lettering.png 4");
        foreach (string alignment in new[] { "grid", "center" })
        {
            Dotnet(
                $"run -c Release --project src/Cli -- restore {Folder}/small/lettering.png --task sr4 " +
                $"--align {alignment} --device cpu --out {Folder}/{alignment}");
        }

        Dotnet(
            $"run -c Release --project bench/Gallery -- align {Figures}/align.webp 60 6 " +
            $"{Folder}/pictures/lettering.png {Folder}/grid/lettering.png {Folder}/center/lettering.png");
        foreach (string task in new[] { "sr4", "color-sr2" })
        {
            string styles = $"{Folder}/styles-{task}";
            Dotnet(
                $"run -c Release --project src/Cli -- degrade {Pictures($"{Folder}/pictures")} --task {task} --device cpu " +
                $"--out {styles}/measured");
            foreach (string style in new[] { "faithful", "sharp" })
            {
                Dotnet(
                    $"run -c Release --project src/Cli -- restore {Pictures($"{styles}/measured")} --task {task} " +
                    $"--style {style} --device cpu --out {styles}/{style}");
            }

            Dotnet(
                $"run -c Release --project bench/Gallery -- sheet {Figures}/styles-{task}.webp " +
                $"{styles}/faithful {styles}/sharp {Folder}/pictures");
        }

        string Pictures(string folder) => string.Join(' ', GetFiles($"{folder}/*.png").Select(file => $"\"{file.FullPath}\""));
    });

Task("Pack")
    .Description("Packs the libraries and the command to artifacts/packages.")
    .Does(() =>
    {
        const string Feed = "artifacts/packages";
        CleanDirectory(Feed);
        foreach (FilePath project in GetFiles("packages/*/*.csproj").Append("src/Cli/InfAdmm.Cli.csproj"))
        {
            Dotnet($"pack {project} -c Release -o {Feed} -p:ContinuousIntegrationBuild=true --nologo");
        }

        foreach (FilePath package in GetFiles($"{Feed}/*.nupkg"))
        {
            Information($"{package.GetFilename()}: {new System.IO.FileInfo(package.FullPath).Length / 1e6:F1} MB");
        }
    });

Task("Native")
    .Description("Compiles the command and the C library ahead of time, a build for each level of x86-64; needs gcc.")
    .Does(() =>
    {
        const string Sources = "src/NativeApi";
        const string Compile = "-std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror";
        foreach (string folder in new[] { "bin", "lib", "include" })
        {
            CleanDirectory($"{Native}/{folder}");
        }

        CopyFile($"{Sources}/include/infadmm.h", $"{Native}/include/infadmm.h");
        Run("gcc", $"{Compile} {Sources}/loader/launcher.c -o {Native}/bin/infadmm");
        Run(
            "gcc",
            $"{Compile} -fPIC -shared -fvisibility=hidden -I{Sources}/include {Sources}/loader/library.c " +
            $"-Wl,-soname,libinfadmm.so -Wl,-z,nodelete -ldl -pthread -o {Native}/lib/libinfadmm.so");
        foreach (string level in new[] { "x86-64-v2", "x86-64-v3", "x86-64-v4" })
        {
            CopyFile($"{PublishNative(Sources, level)}/InfAdmm.NativeApi.so", $"{Native}/lib/libinfadmm-{level}.so");
            string command = PublishNative("src/Cli", level);
            CopyFile($"{command}/infadmm", $"{Native}/bin/infadmm-{level}");

            // Libraries of packages, which are the same for all levels.
            CopyFiles($"{command}/*.so", $"{Native}/bin");
        }

        foreach (FilePath file in GetFiles($"{Native}/bin/*") + GetFiles($"{Native}/lib/*"))
        {
            Information($"{file.GetFilename()}: {new System.IO.FileInfo(file.FullPath).Length / 1e6:F1} MB");
        }
    });

Task("TestNative")
    .Description("Tests what Native builds, from C under AddressSanitizer and from Python; the last line counts the tests.")
    .IsDependentOn("Native")
    .Does(() =>
    {
        Dotnet($"build src/Cli -c {configuration} --nologo -v q");
        int exitCode = StartProcess(
            "tests/NativeApi.Host/run.sh", $"{Native} src/Cli/bin/{configuration}/net10.0/infadmm.dll {Native}/tests");
        if (exitCode != 0)
        {
            throw new CakeException(exitCode, "tests of the native builds failed");
        }
    });

Task("PackGpu")
    .Description("Publishes what bench/gpu.sh runs on a machine with a GPU and no .NET: one file in artifacts/gpu.")
    .Does(() =>
    {
        const string Folder = "artifacts/gpu";
        CleanDirectory(Folder);
        Dotnet(
            "publish bench/Gpu -c Release -r linux-x64 --self-contained -p:PublishSingleFile=true --nologo " +
            $"-o {Folder}");

        // Symbols and documentation of the projects come along with the one file that holds them all.
        DeleteFiles(GetFiles($"{Folder}/*.*"));
        long bytes = new System.IO.FileInfo($"{Folder}/infadmm-gpu").Length;
        Information($"{Folder}/infadmm-gpu: {bytes / 1e6:F1} MB");
    });

Task("Default")
    .IsDependentOn("Format")
    .IsDependentOn("Build")
    .IsDependentOn("Test");

RunTarget(target);

class TestCounts
{
    public int Passed { get; set; }

    public int Failed { get; set; }

    public int Skipped { get; set; }
}
