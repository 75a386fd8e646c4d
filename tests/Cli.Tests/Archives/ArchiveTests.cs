using System.Diagnostics;
using System.Text.Json;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Tests.Shared;
using Mono.Unix.Native;

namespace InfAdmm.Cli.Tests;

/// <summary><c>restore</c> on folders, patterns and lists.</summary>
public sealed class ArchiveTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Scans => _directory.File("scans");

    private string Out => _directory.File("out");

    public void Dispose() => _directory.Dispose();

    /// <summary>
    /// Catches results that leave their sub-folder, other files of a folder that are restored or fail, and pictures whose
    /// result depends on those restored at the same time or on the number of threads.
    /// </summary>
    [Fact]
    public void A_folder_keeps_its_sub_folders()
    {
        string[] names = ["a.png", "b.png", "s/a.png", "s/t/c.png", "s/t/d.png", "u/e.png"];
        Write(names);
        File.WriteAllText(Path.Combine(Scans, "notes.txt"), "no picture");
        File.WriteAllText(Path.Combine(Scans, ".hidden.png"), "no picture");

        CommandLine run = Restore([Scans, "--threads", "3"]);

        Assert.True(run.ExitCode == ExitCode.Done, run.Error);
        Assert.Equal(names, Results(Out));
        Assert.Contains("shard 1/1: 6 of 6 files restored", run.Error);
        Assert.Equal(
            names.Select(name => Path.Combine(Out, name)), run.Out.TrimEnd().Split('\n').Select(line => line.Split(':')[0]));
        Assert.True(File.Exists(Path.Combine(Out, "report.html")));
        foreach (string name in names)
        {
            string alone = _directory.File("alone");
            Assert.Equal(ExitCode.Done, Restore([Path.Combine(Scans, name), "--threads", "1"], alone).ExitCode);
            Assert.Equal(
                File.ReadAllBytes(Path.Combine(alone, Path.GetFileName(name))), File.ReadAllBytes(Path.Combine(Out, name)));
        }
    }

    /// <summary>Catches large pictures that are restored beside others, differ from those restored alone, or wait for ever.</summary>
    [Fact]
    public void Large_pictures_are_restored_among_small_ones()
    {
        string[] names = ["a.png", "b.png", "c.png", "d.png", "e.png"];
        Write(names);
        WritePicture("b.png", new Shape(1, 3, 140, 130), 7);
        WritePicture("d.png", new Shape(1, 1, 130, 140), 8);

        CommandLine run = Restore([Scans, "--threads", "2"]);

        Assert.True(run.ExitCode == ExitCode.Done, run.Error);
        string alone = _directory.File("alone");
        Assert.Equal(ExitCode.Done, Restore([.. names.Select(name => Path.Combine(Scans, name)), "--threads", "2"], alone).ExitCode);
        Assert.All(names, name => Assert.Equal(
            File.ReadAllBytes(Path.Combine(alone, name)), File.ReadAllBytes(Path.Combine(Out, name))));
    }

    /// <summary>
    /// Catches a z-solver for unknown edges that depends on the machine, or on the picture that was restored before: workers
    /// would differ by the accuracy of their z-solvers.
    /// </summary>
    [Fact]
    public void Workers_restore_blurred_pictures_alike()
    {
        string[] names = ["a.png", "b.png", "c.png", "d.png"];
        names.ToList().ForEach(name => WritePicture(name, new Shape(1, 3, 20 + name[0] % 4, 24), name[0]));
        string weights = UntrainedPrior.WriteTo(_directory.File("deblur.safetensors"), "deblur");

        Run(Out, Scans, "--threads", "1", "--shard", "1/2");
        Run(Out, Scans, "--threads", "3", "--shard", "2/2");

        string alone = _directory.File("alone");
        foreach (string name in names.Reverse())
        {
            Run(alone, Path.Combine(Scans, name), "--threads", "2");
            Assert.Equal(File.ReadAllBytes(Path.Combine(alone, name)), File.ReadAllBytes(Path.Combine(Out, name)));
        }

        void Run(string results, params string[] arguments)
        {
            CommandLine run = CommandLine.Run(
                ["restore", .. arguments, "--task", "deblur", "--weights", weights, "--device", "cpu", "--out", results]);
            Assert.True(run.ExitCode == ExitCode.Done, run.Error);
        }
    }

    /// <summary>
    /// Catches files that are restored again without need; and those that are not, though the picture, an option or the
    /// weights changed, the result is missing or not the recorded one, as after a kill before its record, or the file is new.
    /// </summary>
    [Fact]
    public void Finished_files_are_skipped()
    {
        Write("a.png", "s/b.png", "s/c.png");
        Assert.Equal((3, 0), Counts(Restore([Scans])));
        Assert.Equal((0, 3), Counts(Restore([Scans])));
        byte[] first = File.ReadAllBytes(Path.Combine(Out, "a.png"));

        WritePicture("s/b.png", new Shape(1, 3, 8, 9), 5);
        Assert.Equal((1, 2), Counts(Restore([Scans])));
        File.Delete(Path.Combine(Out, "s/c.png"));
        Assert.Equal((1, 2), Counts(Restore([Scans])));
        File.Copy(Path.Combine(Out, "s/b.png"), Path.Combine(Out, "s/c.png"), overwrite: true);
        Assert.Equal((1, 2), Counts(Restore([Scans])));
        Write("s/d.png");
        Assert.Equal((1, 3), Counts(Restore([Scans])));
        Assert.Equal((4, 0), Counts(Restore([Scans, "--rho", "0.2"])));
        Assert.NotEqual(first, File.ReadAllBytes(Path.Combine(Out, "a.png")));
        Assert.Equal((4, 0), Counts(Restore([Scans])));
        Assert.Equal(first, File.ReadAllBytes(Path.Combine(Out, "a.png")));
        Assert.Equal((0, 4), Counts(Restore([Scans, "--threads", "2"])));
        Assert.Equal((4, 0), Counts(Restore([Scans, "--weights", UntrainedPrior.WriteTo(_directory.File("other"), "sr4", 4)])));
        Assert.Equal((4, 0), Counts(Restore([Scans, "--align", "center"])));
        Assert.Equal((4, 0), Counts(Restore([Scans, "--iterations", "1"])));
        Assert.Equal((0, 4), Counts(Restore([Scans, "--iterations", "1", "--shard", "1/1"])));
    }

    /// <summary>
    /// Catches a bad file that ends the run, is taken for done, is not tried again, or loses the result that it had.
    /// </summary>
    [Fact]
    public void Failed_files_are_recorded_and_tried_again()
    {
        Write("a.png", "b.png", "c.png");
        File.WriteAllText(Path.Combine(Scans, "b.png"), "no picture");

        CommandLine run = Restore([Scans, "--quiet"]);

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Equal(
            $"error: '{Path.Combine(Scans, "b.png")}'", run.Error.Split('\n')[0][..(9 + Path.Combine(Scans, "b.png").Length)]);
        Assert.Equal("error: 1 of 3 files were not restored; the reasons are above", run.LastErrorLine);
        Assert.Equal(["a.png", "c.png"], Results(Out));
        CommandLine status = CommandLine.Run("restore", "--status", "--out", Out);
        Assert.Equal(ExitCode.Failed, status.ExitCode);
        Assert.Contains("failed: ", status.Out);
        Assert.Contains("b.png", status.Out);
        Write("b.png");
        Assert.Equal((1, 2), Counts(Restore([Scans])));
        Assert.Equal(ExitCode.Done, CommandLine.Run("restore", "--status", "--out", Out).ExitCode);

        byte[] before = File.ReadAllBytes(Path.Combine(Out, "b.png"));
        File.WriteAllText(Path.Combine(Scans, "b.png"), "no picture");
        Assert.Equal(ExitCode.Failed, Restore([Scans]).ExitCode);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(Out, "b.png")));
    }

    /// <summary>
    /// Catches shards that overlap, leave files out or restore them otherwise than one run; a page that they replace one
    /// another's; and finished files that another number of shards restores again.
    /// </summary>
    [Fact]
    public void Shards_restore_the_archive_together()
    {
        string[] names = [.. Enumerable.Range(0, 9).Select(i => $"{i % 2}/{i}.png")];
        Write(names);
        string whole = _directory.File("whole");
        Restore([Scans], whole);
        int restored = 0;

        foreach (int index in (int[])[3, 1])
        {
            restored += Counts(Restore([Scans, "--shard", $"{index}/3"])).Restored;
        }

        JsonElement status = Status(out CommandLine table);
        Assert.Equal(ExitCode.Done, table.ExitCode);
        Assert.Equal(9, status.GetProperty("files").GetInt32());
        Assert.Equal(restored, status.GetProperty("done").GetInt32());
        Assert.Equal(9 - restored, status.GetProperty("left").GetInt32());
        Assert.Equal(2, Assert.Single(status.GetProperty("not_started").EnumerateArray()).GetInt32());
        Assert.Contains("not started: 2", table.Out);
        Assert.Equal(restored, Results(Out).Length);

        restored += Counts(Restore([Scans, "--shard", "2/3"])).Restored;
        Assert.Equal(9, restored);
        Assert.Equal(Results(whole), Results(Out));
        Assert.All(names, name => Assert.Equal(
            File.ReadAllBytes(Path.Combine(whole, name)), File.ReadAllBytes(Path.Combine(Out, name))));
        Assert.False(File.Exists(Path.Combine(Out, "report.html")));
        Assert.Equal(3, Directory.GetFiles(Out, "manifest-*-of-3.jsonl").Length);
        status = Status(out table);
        Assert.Equal(0, status.GetProperty("left").GetInt32());
        Assert.Equal(
            ["shard", "1/3", "2/3", "3/3", "all"], table.Out.TrimEnd().Split('\n').Select(line => line.Split(' ')[0]));
        Assert.Equal(0, Counts(Restore([Scans, "--shard", "1/2"])).Restored + Counts(Restore([Scans, "--shard", "2/2"])).Restored);
        Assert.Equal((0, 9), Counts(Restore([Scans])));
    }

    /// <summary>Catches a status that counts what an earlier run did, or files of another number of shards.</summary>
    [Fact]
    public void The_status_is_that_of_the_last_run()
    {
        Write("a.png", "b.png", "c.png");
        Restore([Scans, "--shard", "1/1"]);
        Write("d.png");
        File.Delete(Path.Combine(Scans, "a.png"));
        File.Delete(Path.Combine(Scans, "b.png"));

        Restore([Scans, "--shard", "1/1"]);

        JsonElement status = Status(out CommandLine table);
        Assert.Equal(2, status.GetProperty("files").GetInt32());
        Assert.Equal(2, status.GetProperty("done").GetInt32());
        Assert.Equal(0, status.GetProperty("left").GetInt32());
        Assert.Equal(["shard", "1/1"], table.Out.TrimEnd().Split('\n').Select(line => line.Split(' ')[0]));
        CommandLine.Run("restore", "--status", "--out", _directory.File("empty")).AssertUsageError("--out", "no manifest");
        Assert.False(Directory.Exists(_directory.File("empty")));
        CommandLine.Run("restore", "--status").AssertUsageError("--out");
    }

    /// <summary>Catches a list, a pattern or single files whose pictures are not found, or get other names.</summary>
    [Fact]
    public void Lists_patterns_and_files_are_archives_too()
    {
        Write("a.png", "s/b.png", "s/c.png");
        File.WriteAllText(Path.Combine(Scans, "s", "notes.txt"), "no picture");
        string list = _directory.File("list.txt");
        string absolute = Path.GetFullPath(Path.Combine(Scans, "s/b.png"));
        string relative = Path.GetRelativePath(Directory.GetCurrentDirectory(), Path.Combine(Scans, "a.png"));
        File.WriteAllText(list, $"{absolute}\n\n{relative}\n");

        Assert.Equal((2, 0), Counts(Restore([Path.Combine(Scans, "s", "*")])));
        Assert.Equal(["b.png", "c.png"], Results(Out));
        Assert.Equal(ExitCode.Done, Restore(["--list", list], _directory.File("listed")).ExitCode);
        string root = Path.GetPathRoot(absolute)!;
        Assert.Equal(
            ((string[])[Path.GetRelativePath(root, Path.Combine(Scans, "a.png")), Path.GetRelativePath(root, absolute)])
                .Select(name => name.Replace('\\', '/')),
            Results(_directory.File("listed")));
        int restored = 0;
        foreach (int index in (int[])[1, 2])
        {
            restored += Counts(Restore(
                [Path.Combine(Scans, "a.png"), absolute, "--shard", $"{index}/2"], _directory.File("files"))).Restored;
        }

        Assert.Equal(2, restored);
        Assert.Equal(["a.png", "b.png"], Results(_directory.File("files")));
    }

    /// <summary>Catches results that are restored again as pictures of the archive, also by another name of the folder.</summary>
    [Fact]
    public void Results_below_the_folder_are_left_out()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need rights");
        Write("a.png", "s/b.png");
        string results = Path.Combine(Scans, "s", "restored");
        Assert.Equal((2, 0), Counts(Restore([Scans], results)));
        Assert.Equal((0, 2), Counts(Restore([Scans], results)));
        Assert.Equal((2, 0), Counts(Restore([Scans, "--rho", "0.2"], results)));
        string link = _directory.File("link");
        Directory.CreateSymbolicLink(link, results);
        Assert.Equal((0, 2), Counts(Restore([Scans, "--rho", "0.2"], link)));
        Assert.Equal((0, 2), Counts(Restore([Path.Combine(Scans, "**", "*.png"), "--rho", "0.2"], link)));
        Restore([Scans], Scans).AssertUsageError("--out", "is the folder of the pictures");
    }

    /// <summary>
    /// Catches entries of a folder that keep a run from its other pictures, or waiting for ever: links that lead nowhere or in
    /// a circle, pipes, and names that are not UTF-8, of which two look the same.
    /// </summary>
    [Fact]
    public void Odd_entries_of_a_folder_are_named_and_the_others_restored()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "names are bytes on Linux alone");
        string[] names = ["-dash.png", "line\nbreak.png", "quote'\".png", "space here.png"];
        Write(names);
        File.CreateSymbolicLink(Path.Combine(Scans, "circle.png"), "circle.png");
        File.CreateSymbolicLink(Path.Combine(Scans, "nowhere.png"), "absent.png");
        File.CreateSymbolicLink(Path.Combine(Scans, "folder"), ".");
        Assert.Equal(0, Syscall.mkfifo(Path.Combine(Scans, "pipe.png"), FilePermissions.DEFFILEMODE));
        Assert.Equal(0, ChildProcess.Run(ChildProcess.Start(
            "sh", Scans, "-c", """for name in '\376' '\377'; do : > "$(printf "$name.png")"; done""")).ExitCode);

        foreach (string archive in (string[])[Scans, Path.Combine(Scans, "**", "*.png")])
        {
            CommandLine run = Restore([archive]);

            Assert.Equal(ExitCode.Failed, run.ExitCode);
            Assert.Equal(names, Results(Out));
            Assert.Equal("error: 3 of 7 files were not restored; the reasons are above", run.LastErrorLine);
            Assert.Contains("its name is not UTF-8", run.Error);
        }

        // .NET cannot delete what it cannot name.
        Assert.Equal(0, ChildProcess.Run(ChildProcess.Start("sh", Scans, "-c", "rm ./*.png")).ExitCode);
    }

    /// <summary>Catches a picture of the archive, or of another shard, that a result replaces through a link.</summary>
    [Fact]
    public void No_picture_of_the_archive_is_overwritten()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need rights");
        Write("a.png", "b.png");
        Directory.CreateDirectory(Out);
        File.CreateSymbolicLink(Path.Combine(Out, "a.png"), Path.Combine(Scans, "b.png"));
        byte[] before = File.ReadAllBytes(Path.Combine(Scans, "b.png"));

        CommandLine run = Restore([Scans]);

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("would be overwritten", run.Error);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(Scans, "b.png")));
        Assert.True(File.Exists(Path.Combine(Out, "b.png")));
    }

    /// <summary>Catches options that fail during the run, or with a message that does not say what to do.</summary>
    [Fact]
    public void Unusable_archives_are_refused_before_the_run()
    {
        Write("a.png", "s/b.png");
        Restore([]).AssertUsageError("FILES", "--list");
        CommandLine.Run("restore", Scans, "--out", Out).AssertUsageError("--task", "sr4");
        Restore([Scans, "--shard", "0/4"]).AssertUsageError("--shard", "0/4", "1/4");
        Restore([Scans, "--shard", "5/4"]).AssertUsageError("--shard", "5/4", "4/4");
        Restore([Scans, "--shard", "a/b"]).AssertUsageError("--shard", "a/b", "I/N");
        Restore([Scans, "--shard", "auto"]).AssertUsageError("--shard", "SLURM_ARRAY_TASK_ID");
        Restore(["--list", _directory.File("absent")]).AssertUsageError("--list", "absent");
        File.WriteAllText(_directory.File("empty.txt"), "\n");
        Restore(["--list", _directory.File("empty.txt")]).AssertUsageError("--list", "no pictures");
        Restore([Path.Combine(Scans, "*.tif")]).AssertUsageError("*.tif", "no pictures");
        Restore([Scans, Path.Combine(Scans, "*.png")]).AssertUsageError("a.png", "would both be written");
        File.Copy(Path.Combine(Scans, "a.png"), Path.Combine(Scans, "a.bmp"));
        Restore([Scans]).AssertUsageError("a.bmp", "a.png", "rename");
        foreach (string result in (string[])["b.png", "manifest-1-of-1.jsonl"])
        {
            RestoreWith(Weights(), [Path.Combine(Scans, "s"), "--json", Path.Combine(Out, result)], Out)
                .AssertUsageError("--json", result, "is a result");
        }

        Assert.False(Directory.Exists(Out));
    }

    /// <summary>
    /// Catches temporary files that killed workers left beside finished results, and a search for them that is repeated for
    /// each file or that removes those in use.
    /// </summary>
    [Fact]
    public void Abandoned_files_are_removed_also_where_nothing_is_left_to_do()
    {
        Write("a.png", "s/b.png");
        Restore([Scans]);
        string abandoned = Path.Combine(Out, "s", ".infadmm-abandoned.tmp");
        File.WriteAllText(abandoned, "half");

        Assert.Equal((0, 2), Counts(Restore([Scans])));

        Assert.False(File.Exists(abandoned));
    }

    /// <summary>Catches workers on one shard that damage results or the manifest, or fail.</summary>
    [Fact]
    public void Two_workers_on_one_shard_do_no_harm()
    {
        string[] names = [.. Enumerable.Range(0, 12).Select(i => $"{i:00}.png")];
        Write(names);
        string whole = _directory.File("whole");
        Restore([Scans], whole);
        string weights = Weights();

        Parallel.For(0, 3, _ =>
        {
            CommandLine run = RestoreWith(weights, [Scans, "--threads", "2"], Out);
            Assert.True(run.ExitCode == ExitCode.Done, run.Error);
        });

        Assert.Equal(names, Results(Out));
        Assert.All(names, name => Assert.Equal(
            File.ReadAllBytes(Path.Combine(whole, name)), File.ReadAllBytes(Path.Combine(Out, name))));
        JsonElement status = Status(out _);
        Assert.Equal(12, status.GetProperty("done").GetInt32());
        Assert.Empty(Directory.GetFiles(Out, ".*"));
    }

    /// <summary>Catches an interruption that is reported as a failure of files, or loses what was done.</summary>
    [Fact]
    public void An_interrupted_run_is_continued()
    {
        const int Count = 16;
        for (int i = 0; i < Count; i++)
        {
            // Restoring takes much longer than the rest, so that one worker restores and the other waits for its turn.
            WritePicture($"{i:00}.png", new Shape(1, 3, 80, 100), i);
        }

        using var interrupted = new CancellationTokenSource();
        bool hasEnded = false;
        var watching = new Thread(() =>
        {
            SpinWait.SpinUntil(() => Volatile.Read(ref hasEnded) || (Directory.Exists(Out) && Results(Out).Length >= 2));
            interrupted.Cancel();
        });
        watching.Start();

        CommandLine run = CommandLine.Run(interrupted.Token, [.. Arguments(Weights(), [Scans], Out)]);

        Volatile.Write(ref hasEnded, true);
        watching.Join();
        Assert.Equal(ExitCode.Interrupted, run.ExitCode);
        JsonElement status = Status(out CommandLine table);
        Assert.Equal(ExitCode.Done, table.ExitCode);
        int done = Results(Out).Length;
        Assert.Equal(done, status.GetProperty("done").GetInt32());
        Assert.Equal(Count - done, status.GetProperty("left").GetInt32());
        Assert.Equal((Count - done, done), Counts(Restore([Scans])));
    }

    /// <summary>
    /// Catches variables of a Slurm array that are not read, or that share an archive without being asked, so that most of
    /// it would be missing.
    /// </summary>
    [Fact]
    public void A_slurm_array_shares_the_archive_if_asked()
    {
        string program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "infadmm.exe" : "infadmm");
        Write([.. Enumerable.Range(0, 6).Select(i => $"{i}.png")]);
        string weights = Weights();

        foreach (string task in (string[])["5", "7"])
        {
            Assert.DoesNotContain("is set", Start(task, "--shard", "auto"));
        }

        Assert.Equal(
            ["manifest-1-of-2.jsonl", "manifest-2-of-2.jsonl"],
            Directory.GetFiles(Out, "manifest-*").Select(Path.GetFileName).Order());
        Assert.Equal(6, Results(Out).Length);
        string notes = Start("7");
        Assert.Contains("SLURM_ARRAY_TASK_ID is set, but this job restores the whole archive: add --shard auto", notes);
        Assert.Contains("6 were done before", notes);

        string Start(string task, params string[] more)
        {
            var start = new ProcessStartInfo(program, [.. Arguments(weights, [Scans, .. more], Out)])
            {
                RedirectStandardError = true,
                Environment =
                {
                    ["SLURM_ARRAY_TASK_ID"] = task, ["SLURM_ARRAY_TASK_MIN"] = "5", ["SLURM_ARRAY_TASK_MAX"] = "7",
                    ["SLURM_ARRAY_TASK_STEP"] = "2", ["SLURM_ARRAY_TASK_COUNT"] = "2",
                },
            };
            using Process process = Process.Start(start)!;
            string error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, error);
            return error;
        }
    }

    private JsonElement Status(out CommandLine run)
    {
        string json = _directory.File("status.json");
        run = CommandLine.Run("restore", "--status", "--out", Out, "--json", json);
        using var report = JsonDocument.Parse(File.ReadAllText(json));
        return report.RootElement.Clone();
    }

    /// <summary>How many files were restored and how many skipped.</summary>
    private (int Restored, int Skipped) Counts(CommandLine run)
    {
        Assert.True(run.ExitCode == ExitCode.Done, run.Error);
        using var report = JsonDocument.Parse(File.ReadAllText(_directory.File("report.json")));
        JsonElement[] files = [.. report.RootElement.GetProperty("files").EnumerateArray()];
        int skipped = files.Count(file => file.GetProperty("skipped").GetBoolean());
        return (files.Length - skipped, skipped);
    }

    private CommandLine Restore(string[] arguments, string? results = null) =>
        RestoreWith(Weights(), [.. arguments, "--json", _directory.File("report.json")], results ?? Out);

    private static CommandLine RestoreWith(string weights, string[] arguments, string results) =>
        CommandLine.Run([.. Arguments(weights, arguments, results)]);

    private static IEnumerable<string> Arguments(string weights, string[] arguments, string results) =>
    [
        "restore", .. arguments, "--task", "sr4", "--out", results, "--device", "cpu",
        .. arguments.Contains("--weights") ? Array.Empty<string>() : ["--weights", weights],
        .. arguments.Contains("--threads") ? Array.Empty<string>() : ["--threads", "1"],
    ];

    private string Weights() => UntrainedPrior.WriteTo(_directory.File("sr4.safetensors"), "sr4");

    /// <summary>The pictures below a folder.</summary>
    private static string[] Results(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "*.png", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/')).Order(StringComparer.Ordinal),
    ];

    private void Write(params string[] names)
    {
        foreach (string name in names)
        {
            WritePicture(name, new Shape(1, 3, 8, 8 + name.Length), name.Sum(letter => letter));
        }
    }

    private void WritePicture(string name, Shape shape, int seed)
    {
        string file = Path.Combine(Scans, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        float[] values = [.. Enumerable.Range(0, (int)shape.Count).Select(i => (i * 37 + i / 11 * 50 + seed) % 256 / 255f)];
        ImageFile.Write(file, values, shape);
    }
}
