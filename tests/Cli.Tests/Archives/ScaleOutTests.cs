using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using InfAdmm.Cli.Archives;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Tests.Shared;
using YamlDotNet.Serialization;

namespace InfAdmm.Cli.Tests;

/// <summary>The recipes of docs/scale-out.md, executed as they stand there.</summary>
public sealed class ScaleOutTests : IDisposable
{
    private const string BadPicture = "3/bad.png";

    private static readonly string[] Names = [.. Enumerable.Range(0, 12).Select(i => $"{i % 3}/{i}.png")];

    private readonly TemporaryDirectory _directory = new();

    private string Out => _directory.File("restored");

    public void Dispose() => _directory.Dispose();

    /// <summary>
    /// Catches a script that sbatch refuses or that does not share the archive, a failure that the array does not report,
    /// and work that is lost or done again after the array was cancelled.
    /// </summary>
    [Fact]
    public void Slurm_restores_an_archive_on_two_nodes()
    {
        using SlurmCluster slurm = SlurmCluster.Start(_directory.File("slurm"));
        WriteArchive();
        File.WriteAllText(_directory.File("scans/" + BadPicture), "no picture");
        File.WriteAllText(_directory.File("restore.sh"), Recipe.Under("Slurm", "bash"));

        // Cancelled as soon as a task has restored its first picture.
        (int exitCode, string submitted, string error) = slurm.Run(
            "sbatch", _directory.Path, "--array=1-5", "--parsable", "restore.sh");
        Assert.True(exitCode == 0, error);
        string job = submitted.Trim();
        Assert.True(SpinWait.SpinUntil(() => Directory.Exists(Out) && Results().Length > 0, TimeSpan.FromMinutes(1)), Logs());
        Assert.Equal(0, slurm.Run("scancel", _directory.Path, job).ExitCode);
        Assert.True(SpinWait.SpinUntil(
            () => slurm.Run("squeue", _directory.Path, "--noheader").Out.Trim().Length == 0, TimeSpan.FromMinutes(1)), Logs());

        (exitCode, submitted, error) = slurm.Run(
            "sbatch", _directory.Path, "--wait", "--array=1-5", "--parsable", "restore.sh");
        Assert.True(exitCode == 1, $"{exitCode} {error} {Logs()}");
        string tasks = slurm.Run("scontrol", _directory.Path, "--oneliner", "show", "job", submitted.Trim()).Out;
        Assert.All(SlurmCluster.Nodes, node => Assert.Contains($" NodeList={node} ", tasks));
        Assert.Equal((Names.Length, 1, 0), Status());
        AssertWhole(shards: 5);

        File.Delete(_directory.File("scans/" + BadPicture));
        (exitCode, _, error) = slurm.Run("sbatch", _directory.Path, "--wait", "--array=1-5", "restore.sh");
        Assert.True(exitCode == 0, $"{exitCode} {error} {Logs()}");
        Assert.Equal((Names.Length, 0, 0), Status());
        AssertWhole(shards: 5);
    }

    /// <summary>
    /// Catches a script that sbatch or srun refuses, processes that train alone, and a second submission that starts again:
    /// four processes on two nodes, with smaller crops and fewer steps.
    /// </summary>
    [Fact]
    public void Slurm_trains_a_prior_on_two_nodes()
    {
        using SlurmCluster slurm = SlurmCluster.Start(_directory.File("slurm"));
        Assert.SkipUnless(ChildProcess.Find("mpirun.openmpi") is not null, "no Open MPI (Debian: openmpi-bin)");
        string pictures = Drawings.WriteFolder(_directory.File("pictures"), count: 4);
        string script = Recipe.Under("Training over MPI", "bash", "#!/bin/bash")
            .Replace("/data/pictures", pictures).Replace("--batch 512", "--batch 8 --crop 32 --steps 2 --json report.json")
            .Replace("--threads 4", "--threads 1");
        File.WriteAllText(_directory.File("train.sh"), script);

        // A second run that did not resume would refuse to replace the checkpoint.
        for (int run = 0; run < 2; run++)
        {
            (int exitCode, _, string error) = slurm.Run(
                "sbatch", _directory.Path, "--wait", "--ntasks=4", "--ntasks-per-node=2", "--cpus-per-task=1", "train.sh");

            Assert.True(exitCode == 0, $"{exitCode} {error} {Logs()}");
            using var report = JsonDocument.Parse(File.ReadAllText(_directory.File("report.json")));
            Assert.Equal(4, report.RootElement.GetProperty("processes").GetInt32());
        }
    }

    /// <summary>
    /// Catches a command that GNU parallel does not send to every machine, that does not share the archive, and a shard
    /// that is lost with its machine. A program that runs the command here takes the place of ssh, with a shell and in the home
    /// directory as ssh does; one machine is lost.
    /// </summary>
    [Fact]
    public void Gnu_parallel_restores_an_archive_on_four_machines()
    {
        Assert.SkipUnless(
            ChildProcess.Find("parallel") is not null
                && ChildProcess.Run(ChildProcess.Start("parallel", _directory.Path, "--version")).Out.Contains("GNU parallel"),
            "no GNU parallel (Debian: parallel)");
        WriteArchive();
        string remote = _directory.File("remote");
        File.WriteAllText(
            remote,
            $"""
            echo "$1" >> '{_directory.Path}/started'
            [ "$1" != lost ] || exit 255
            shift
            [ "$1" != -- ] || shift
            export SHELL=/bin/sh
            cd && exec sh -c "$*"

            """);
        File.WriteAllLines(
            _directory.File("nodes.txt"), ((string[])["node1", "node2", "lost", "node4"]).Select(node => $"sh {remote} {node}"));

        (int exitCode, _, string error) = ChildProcess.Run(
            ChildProcess.Start("bash", _directory.Path, "-c", Recipe.Under("GNU parallel", "bash")));

        Assert.True(exitCode == 0, error);
        Assert.Equal(
            ["lost", "node1", "node2", "node4"], File.ReadAllLines(_directory.File("started")).Distinct().Order());
        Assert.Equal((Names.Length, 0, 0), Status());
        AssertWhole(shards: 4);
    }

    /// <summary>
    /// Catches a manifest that is not YAML, whose parts do not agree with each other or with this version, and a command that
    /// the program does not take or that restores another shard.
    /// </summary>
    [Fact]
    public void Kubernetes_runs_a_command_that_restores_the_shard_of_its_index()
    {
        string program = Path.Combine(AppContext.BaseDirectory, "infadmm");
        Assert.SkipUnless(File.Exists(program), "the program has another name here");
        var manifest = new Deserializer().Deserialize<Dictionary<object, object>>(Recipe.Under("Kubernetes", "yaml"));
        Assert.Equal(("batch/v1", "Job"), (manifest["apiVersion"], manifest["kind"]));
        var job = (Dictionary<object, object>)manifest["spec"];
        Assert.Equal("Indexed", job["completionMode"]);
        int completions = int.Parse((string)job["completions"], CultureInfo.InvariantCulture);
        var pod = (Dictionary<object, object>)((Dictionary<object, object>)job["template"])["spec"];
        var container = (Dictionary<object, object>)Assert.Single((List<object>)pod["containers"]);

        // Both rules for failed pods need that their containers are not restarted in place.
        Assert.Equal("Never", pod["restartPolicy"]);
        var rule = (Dictionary<object, object>)Assert.Single(
            (List<object>)((Dictionary<object, object>)job["podFailurePolicy"])["rules"]);
        var ends = (Dictionary<object, object>)rule["onExitCodes"];
        Assert.Equal(container["name"], ends["containerName"]);
        Assert.Equal([$"{ExitCode.Usage}"], (List<object>)ends["values"]);
        Assert.EndsWith($":{Application.Version.Split('+')[0]}", (string)container["image"]);
        var mount = (Dictionary<object, object>)Assert.Single((List<object>)container["volumeMounts"]);
        var volume = (Dictionary<object, object>)Assert.Single((List<object>)pod["volumes"]);
        Assert.Equal(volume["name"], mount["name"]);
        Assert.Equal(mount["mountPath"], container["workingDir"]);
        string[] command = [.. ((List<object>)container["command"]).Cast<string>()];
        Assert.Equal("infadmm", command[0]);

        WriteArchive();
        int restored = 0;
        int[] indices = [.. Names.Select(name => ShardOf(name, completions) - 1).Distinct().Take(2), completions - 1];
        foreach (int index in indices.Distinct())
        {
            (int exitCode, _, string error) = RunPod(index);
            Assert.True(exitCode == 0, error);
            restored += Names.Count(name => ShardOf(name, completions) - 1 == index);
            Assert.True(File.Exists(Path.Combine(Out, $"manifest-{index + 1}-of-{completions}.jsonl")));
            Assert.Equal(restored, Results().Length);
        }

        Assert.True(restored >= 2, "no picture was restored");
        Assert.Equal(ExitCode.Usage, RunPod(completions).ExitCode);

        (int ExitCode, string Out, string Error) RunPod(int index)
        {
            ProcessStartInfo start = ChildProcess.Start(program, _directory.Path, command[1..]);
            start.Environment["JOB_COMPLETION_INDEX"] = index.ToString(CultureInfo.InvariantCulture);
            return ChildProcess.Run(start);
        }
    }

    private static int ShardOf(string name, int count) =>
        Enumerable.Range(1, count).Single(index => new Shard(index, count).Contains(name));

    private void WriteArchive()
    {
        foreach (string name in Names.Append(BadPicture))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_directory.File("scans/" + name))!);
        }

        foreach (string name in Names)
        {
            var shape = new Shape(1, 3, 10, 8 + name.Length);
            float[] values = [.. Enumerable.Range(0, (int)shape.Count).Select(i => (i * 37 + name.Sum(letter => letter)) % 256 / 255f)];
            ImageFile.Write(_directory.File("scans/" + name), values, shape);
        }
    }

    private string[] Results() =>
    [
        .. Directory.EnumerateFiles(Out, "*.png", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Out, file)).Order(StringComparer.Ordinal),
    ];

    private (int Done, int Failed, int Left) Status()
    {
        string file = _directory.File("status.json");
        CommandLine run = CommandLine.Run("restore", "--status", "--out", Out, "--json", file);
        Assert.True(File.Exists(file), run.Error);
        using var report = JsonDocument.Parse(File.ReadAllText(file));
        return (Count("done"), Count("failed"), Count("left"));

        int Count(string name) => report.RootElement.GetProperty(name).GetInt32();
    }

    /// <summary>All pictures are there, as one run restores them, each from a shard of its own.</summary>
    private void AssertWhole(int shards)
    {
        Assert.Equal(
            Enumerable.Range(1, shards).Select(index => $"manifest-{index}-of-{shards}.jsonl"),
            Directory.GetFiles(Out, "manifest-*").Select(Path.GetFileName).Order());
        Assert.Equal(Names.Order(StringComparer.Ordinal), Results());
        string whole = _directory.File("whole");
        CommandLine run = CommandLine.Run(
            [
                "restore", .. Names.Select(name => name[..1]).Distinct().Select(folder => _directory.File($"scans/{folder}")),
                "--task", "sr4", "--device", "cpu", "--threads", "1", "--out", whole,
            ]);
        Assert.True(run.ExitCode == ExitCode.Done, run.Error);
        Assert.All(Names, name => Assert.Equal(
            File.ReadAllBytes(Path.Combine(whole, Path.GetFileName(name))), File.ReadAllBytes(Path.Combine(Out, name))));
    }

    private string Logs() => string.Concat(Directory.GetFiles(_directory.Path, "slurm-*.out").Select(File.ReadAllText));
}
