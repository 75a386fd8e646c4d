using System.Diagnostics;
using System.Globalization;
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
