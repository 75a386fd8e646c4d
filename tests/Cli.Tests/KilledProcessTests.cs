using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using InfAdmm.Cli.Archives;
using InfAdmm.Imaging.Files;
using InfAdmm.Nn.Weights;
using InfAdmm.Tests.Shared;
using Mono.Unix.Native;

namespace InfAdmm.Cli.Tests;

/// <summary>
/// Processes that are ended at random moments: three times here, as often as INFADMM_KILLS says elsewhere
/// (docs/reliability.md). What they wrote is complete, and the next run removes what they left.
/// </summary>
public sealed class KilledProcessTests : IDisposable
{
    private static readonly int Kills =
        int.Parse(Environment.GetEnvironmentVariable("INFADMM_KILLS") ?? "3", CultureInfo.InvariantCulture);

    private readonly TemporaryDirectory _directory = new();
    private readonly Random _random = new(1);

    private string Out => _directory.File("out");

    public void Dispose() => _directory.Dispose();

    /// <summary>
    /// Catches checkpoints that are half written, and temporary files that stay. An interruption writes a checkpoint, so
    /// three of four processes are killed just after one, and the others anywhere.
    /// </summary>
    [Fact]
    public void Training_goes_on_after_it_was_killed()
    {
        string program = Program();
        string pictures = Drawings.WriteFolder(_directory.File("pictures"), count: 4);
        string state = _directory.File("state");
        string weights = _directory.File("prior.safetensors");
        string checkpoint = Path.Combine(state, "checkpoint.safetensors");
        int complete = 0;
        for (int kill = 0; kill < Kills; kill++)
        {
            using Process process = Start([.. Train(1_000_000), .. File.Exists(checkpoint) ? ["--resume"] : Array.Empty<string>()]);
            Thread.Sleep(_random.Next(400, 1800));
            if (kill % 4 > 0)
            {
                Assert.Equal(0, Syscall.kill(process.Id, Signum.SIGTERM));
                Thread.Sleep(_random.Next(0, 80));
            }

            Assert.False(process.HasExited && process.ExitCode != ExitCode.Interrupted, "the training ended");
            process.Kill();
            process.WaitForExit();
            if (File.Exists(checkpoint))
            {
                Assert.NotEmpty(SafeTensorsFile.Load(checkpoint).Arrays);
                complete++;
            }
        }

        Assert.True(complete > 0 || Kills < 10, "no process was killed after a checkpoint");
        if (File.Exists(checkpoint))
        {
            File.Delete(checkpoint);
        }

        using Process last = Start(Train(1));
        last.WaitForExit();
        Assert.Equal(ExitCode.Done, last.ExitCode);
        Assert.Equal([checkpoint], Directory.GetFiles(state));

        Process Start(string[] arguments) => Process.Start(new ProcessStartInfo(program, arguments))!;

        string[] Train(int steps) =>
        [
            "train", "prior", "--task", "sr4", "--data", pictures, "--weights", weights, "--crop", "32", "--batch", "1",
            "--unroll", "1", "--steps", $"{steps}", "--checkpoint", state, "--device", "cpu", "--threads", "1", "--quiet",
        ];
    }

    /// <summary>Catches pictures that are half written, and temporary files that stay.</summary>
    [Fact]
    public void Restoring_leaves_complete_pictures()
    {
        string program = Program();
        string[] inputs = [.. Enumerable.Range(0, 40).Select(i => Picture($"{i}.png"))];
        int complete = 0;
        for (int kill = 0; kill < Kills; kill++)
        {
            using Process process = Process.Start(Restore(program, inputs))!;
            process.StandardOutput.Close();
            Thread.Sleep(_random.Next(300, 1500));
            process.Kill();
            process.WaitForExit();
            foreach (string file in Directory.Exists(Out) ? Directory.GetFiles(Out, "*.png") : [])
            {
                Assert.NotNull(ImageFile.Read(file));
                complete++;
            }
        }

        Assert.True(complete > 0 || Kills < 10, "no process was killed after a picture");
        using Process last = Process.Start(Restore(program, inputs))!;
        last.StandardOutput.ReadToEnd();
        last.WaitForExit();
        Assert.Equal(ExitCode.Done, last.ExitCode);
        Assert.Equal(
            inputs.Select(Path.GetFileName).Append("report.html").Order(),
            Directory.GetFiles(Out).Select(Path.GetFileName).Order());
    }

    /// <summary>
    /// Catches an archive whose results differ from those of an uninterrupted run after its workers were killed, one that
    /// starts again from nothing, a file that is recorded as done with two contents, and temporary files that stay. Two
    /// workers share one shard, and a third one restores the other.
    /// </summary>
    [Fact]
    public void Archives_are_restored_by_killed_workers()
    {
        string program = Program();
        string scans = _directory.File("scans");
        string weights = UntrainedPrior.WriteTo(_directory.File("prior.safetensors"), "sr4");
        string[] names = [.. Enumerable.Range(0, 150).Select(i => $"{i % 3}/{i}.png")];
        foreach (string folder in names.Select(name => name[..1]).Distinct())
        {
            Directory.CreateDirectory(Path.Combine(scans, folder));
        }

        string source = Path.Combine(Drawings.WriteFolder(_directory.File("drawn"), count: 1, 33, 31), "0.png");
        names.ToList().ForEach(name => File.Copy(source, Path.Combine(scans, name)));
        string[] shards = ["1/2", "1/2", "2/2"];
        Directory.CreateDirectory(Out);
        for (int kill = 0; kill < Kills; kill++)
        {
            int before = Directory.EnumerateFiles(Out, "*.png", SearchOption.AllDirectories).Count();
            Process[] workers = [.. shards.Select(shard => Start(Out, "--shard", shard))];
            if (kill % 4 == 0)
            {
                Thread.Sleep(_random.Next(0, 1500));
            }
            else
            {
                SpinWait.SpinUntil(() => Array.TrueForAll(workers, worker => worker.HasExited)
                    || Directory.EnumerateFiles(Out, "*.png", SearchOption.AllDirectories).Count() > before);
                Thread.Sleep(_random.Next(0, 50));
            }

            foreach (Process worker in workers)
            {
                using (worker)
                {
                    worker.Kill();
                    worker.WaitForExit();
                }
            }
        }

        HashSet<string> finished = [.. Done().Select(entry => entry.File)];
        Assert.NotEmpty(finished);
        Assert.All(finished, name => Assert.True(File.Exists(Path.Combine(Out, name)), name));
        foreach (string shard in shards[1..])
        {
            End(Start(Out, "--shard", shard, "--json", _directory.File($"{shard[0]}.json")));
        }

        string whole = _directory.File("whole");
        End(Start(whole));
        Assert.All(names, name => Assert.Equal(
            File.ReadAllBytes(Path.Combine(whole, name)), File.ReadAllBytes(Path.Combine(Out, name))));
        Assert.Equal(
            names.Append("manifest-1-of-2.jsonl").Append("manifest-2-of-2.jsonl").Order(),
            Directory.GetFiles(Out, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
                .Select(file => Path.GetRelativePath(Out, file)).Order());
        Assert.All(Done().GroupBy(entry => entry.File), group => Assert.Single(group.Select(entry => entry.Hash).Distinct()));
        Assert.Equal(names.Order(), Done().Select(entry => entry.File).Distinct().Order());
        int restored = shards[1..].Sum(shard =>
        {
            using var report = JsonDocument.Parse(File.ReadAllText(_directory.File($"{shard[0]}.json")));
            return report.RootElement.GetProperty("files").EnumerateArray().Count(file => !file.GetProperty("skipped").GetBoolean());
        });
        Assert.Equal(names.Length - finished.Count, restored);

        IEnumerable<ManifestEntry> Done() => Manifest.In(Out).SelectMany(manifest => manifest.Read())
            .Select(line => line.Entry).OfType<ManifestEntry>().Where(entry => entry.State == FileState.Done);

        Process Start(string results, params string[] more)
        {
            var start = new ProcessStartInfo(program,
            [
                "restore", scans, "--task", "sr4", "--weights", weights, "--out", results, "--device", "cpu", "--quiet", .. more,
            ])
            {
                RedirectStandardOutput = true,
            };
            var process = Process.Start(start)!;
            process.BeginOutputReadLine();
            return process;
        }

        static void End(Process process)
        {
            using (process)
            {
                process.WaitForExit();
                Assert.Equal(ExitCode.Done, process.ExitCode);
            }
        }
    }

    /// <summary>Catches signals, at any moment from the start, that end in another way or leave half a file.</summary>
    [Theory]
    [InlineData(Signum.SIGINT)]
    [InlineData(Signum.SIGTERM)]
    public void Signals_end_a_run_at_any_moment(Signum signal)
    {
        string program = Program();
        string input = Picture("a.png");
        for (int kill = 0; kill < Kills; kill++)
        {
            using Process process = Process.Start(Restore(program, [input]))!;
            Thread.Sleep(_random.Next(0, 900));
            _ = Syscall.kill(process.Id, signal);
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();

            // Before its handlers are set, a process ends with 128 and the number of the signal.
            Assert.Contains(process.ExitCode, (int[])[ExitCode.Interrupted, 128 + (int)signal, ExitCode.Done]);
            string[] written = Directory.Exists(Out) ? Directory.GetFiles(Out) : [];
            Assert.All(written, file => Assert.True(
                file.EndsWith("report.html", StringComparison.Ordinal)
                    ? File.ReadAllText(file).EndsWith("</html>\n", StringComparison.Ordinal)
                    : ImageFile.Read(file) is not null));
        }
    }

    private ProcessStartInfo Restore(string program, string[] inputs) => new(
        program, ["restore", .. inputs, "--task", "sr4", "--out", Out, "--device", "cpu", "--quiet"])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };

    private string Picture(string name)
    {
        string file = _directory.File(name);
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Fixtures", "cases", "rgb.png"), file);
        return file;
    }

    private static string Program()
    {
        string program = Path.Combine(AppContext.BaseDirectory, "infadmm");
        Assert.SkipUnless(File.Exists(program) && !OperatingSystem.IsWindows(), "no signals");
        return program;
    }
}
