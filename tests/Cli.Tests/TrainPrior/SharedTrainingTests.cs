using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using InfAdmm.Engine.Tests;
using InfAdmm.Mpi;
using InfAdmm.Nn.Weights;
using InfAdmm.Tests.Shared;
using Mono.Unix.Native;

namespace InfAdmm.Cli.Tests;

/// <summary>
/// <c>train prior</c> in several processes, started by mpirun of Open MPI or of MPICH: it trains what one process does, and
/// ends as one. A process is killed once here, as often as INFADMM_KILLS says elsewhere.
/// </summary>
public sealed class SharedTrainingTests : IDisposable
{
    private const int LongestEndSeconds = 30;

    private static readonly int Kills =
        int.Parse(Environment.GetEnvironmentVariable("INFADMM_KILLS") ?? "1", CultureInfo.InvariantCulture);

    private readonly TemporaryDirectory _directory = new();
    private readonly string _pictures;
    private readonly Random _random = new(1);

    public SharedTrainingTests() => _pictures = Drawings.WriteFolder(_directory.File("pictures"), count: 4);

    public static TheoryData<string> Launchers => [.. MpiJob.Launchers];

    private string Checkpoint => Path.Combine(_directory.File("state"), "checkpoint.safetensors");

    public void Dispose() => _directory.Dispose();

    /// <summary>
    /// Catches processes that train alone, twice the gradient, crops or noise of another part of the batch, and files that are
    /// not the first process's.
    /// </summary>
    [Theory]
    [MemberData(nameof(Launchers))]
    public void Two_processes_train_what_one_does(string launcher)
    {
        string one = Train(launcher, processes: 1);
        string two = Train(launcher, processes: 2);

        // Adam takes steps of equal size for gradients of any size, also for those that are hardly more than rounding errors.
        AssertClose(one, two, 1e-3);
        using var report = JsonDocument.Parse(File.ReadAllText(_directory.File("report.json")));
        Assert.Equal(2, report.RootElement.GetProperty("processes").GetInt32());
        Assert.Equal(
            4 * report.RootElement.GetProperty("parameters").GetInt64(),
            report.RootElement.GetProperty("gradient_bytes_per_step").GetInt64());
    }

    /// <summary>
    /// Catches processes that find each other only on one machine: each of the two has a network of its own here, and a cable
    /// between them. The networks end with the processes that they were made for.
    /// </summary>
    [Fact]
    public void Two_hosts_train_what_one_does()
    {
        const int NoNetworks = 77;
        string one = Train("mpirun.openmpi", processes: 1);
        Assert.SkipUnless(ChildProcess.Find("mpirun.openmpi") is not null, "no mpirun.openmpi: install openmpi-bin");
        string script =
            $$"""
            cannot() { echo "no networks of their own: $1"; exit {{NoNetworks}}; }
            for program in ip unshare nsenter; do command -v $program > /dev/null || cannot "no $program"; done
            unshare --net sleep 100 & first=$!
            unshare --net sleep 100 & second=$!
            trap 'kill $first $second' EXIT
            enter_first="nsenter --target $first --net"
            enter_second="nsenter --target $second --net"
            for attempt in 1 2 3 4 5 6 7 8 9 10; do
                [ "$(readlink /proc/$first/ns/net)" != "$(readlink /proc/$$/ns/net)" ] &&
                    [ "$(readlink /proc/$second/ns/net)" != "$(readlink /proc/$$/ns/net)" ] && break
                [ $attempt -lt 10 ] || cannot "not permitted"
                sleep 0.2
            done
            $enter_first ip link add left type veth peer name right netns $second || cannot "no veth"
            $enter_first ip address add 10.0.0.1/30 dev left && $enter_second ip address add 10.0.0.2/30 dev right || exit 1
            for device in lo left; do $enter_first ip link set $device up || exit 1; done
            for device in lo right; do $enter_second ip link set $device up || exit 1; done
            printf '#!/bin/sh\n[ "$1" = 10.0.0.2 ] || exit 255\nshift\nexec %s sh -c "$*"\n' "$enter_second" > remote
            chmod +x remote
            $enter_first mpirun.openmpi --allow-run-as-root --host 10.0.0.1:1,10.0.0.2:1 --mca plm_rsh_agent "$PWD/remote" \
                --mca btl tcp,self -n 2 "$@"
            """;

        (int exitCode, string output, string error) = ChildProcess.Run(
            ChildProcess.Start("bash", _directory.Path, ["-c", script, "hosts", MpiJob.Program, .. Arguments([])]));

        Assert.SkipWhen(exitCode == NoNetworks, output);
        Assert.True(exitCode == ExitCode.Done, error);
        AssertClose(one, _directory.File("prior.safetensors"), 1e-3);
        using var report = JsonDocument.Parse(File.ReadAllText(_directory.File("report.json")));
        Assert.Equal(2, report.RootElement.GetProperty("processes").GetInt32());
    }

    /// <summary>Catches a recipe of docs/scale-out.md that does not run: four processes, with smaller crops and fewer steps.</summary>
    [Theory]
    [MemberData(nameof(Launchers))]
    public void The_recipe_runs(string launcher)
    {
        string text = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "scale-out.md")).Replace("\\\n", "");
        string recipe = text.Split('\n').First(line => line.StartsWith("mpirun ", StringComparison.Ordinal));
        string[] words = recipe.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["mpirun", "-n", "4", "infadmm", "train", "prior"], words[..6]);
        string[] arguments =
        [
            .. words[6..].Select(word => word switch
            {
                "/data/pictures" => _pictures,
                "prior.safetensors" or "state" => _directory.File(word),
                _ => word,
            }),
            "--crop", "32", "--steps", "2", "--quiet",
        ];
        using Process job = MpiJob.Start(launcher, 4, ["train", "prior", .. arguments]);
        string error = job.StandardError.ReadToEnd();
        job.WaitForExit();
        Assert.True(job.ExitCode == ExitCode.Done, error);
        Assert.True(File.Exists(_directory.File("prior.safetensors")) && File.Exists(Checkpoint));
    }

    /// <summary>Catches bits that depend on the number of processes, also for a sum in several buckets.</summary>
    [Fact]
    public void A_fixed_order_has_the_same_bits_in_four_processes()
    {
        string one = Train("mpirun.openmpi", processes: 1, "--fixed-order");
        foreach (int processes in (int[])[2, 4])
        {
            string shared = Train("mpirun.openmpi", processes, "--fixed-order");
            Assert.Equal(Arrays(one), Arrays(shared));
        }
    }

    /// <summary>Catches a discriminator or statistics of its batch that each process has for itself.</summary>
    [Fact]
    public void A_discriminator_is_shared()
    {
        string[] options = ["--loss", "adversarial", "--lambda-f", "0", "--steps", "1", "--checkpoint", _directory.File("state")];
        Train("mpirun.openmpi", processes: 1, options);
        string one = _directory.File("one");
        File.Move(Checkpoint, one);
        Train("mpirun.openmpi", processes: 2, options);
        AssertClose(one, Checkpoint, 1e-4, "adam.first_moment", "discriminator.adam.first_moment", "discriminator.norm1.running_mean");
    }

    /// <summary>
    /// Catches a job that goes on without a process, half a checkpoint, one of another step than it says, and a resumed run,
    /// here with other numbers of processes, that differs from an uninterrupted one.
    /// </summary>
    [Fact]
    public void Training_goes_on_after_a_process_was_killed()
    {
        const int Steps = 60;
        string whole = Train("mpirun.openmpi", processes: 1, "--steps", $"{Steps}", "--fixed-order");
        string[] options =
            ["--steps", $"{Steps}", "--fixed-order", "--checkpoint", _directory.File("state"), "--checkpoint-minutes", "0.0001"];
        int lost = 0;
        for (int kill = 0; kill < Kills; kill++)
        {
            int processes = kill % 2 == 0 ? 2 : 4;
            using Process job = Start("mpirun.openmpi", processes, [.. options, .. Resumed()]);
            int[] ranks = MpiJob.WaitForRanks(job, processes);
            if (kill % 3 == 0)
            {
                SpinWait.SpinUntil(() => File.Exists(Checkpoint) || job.HasExited);
            }

            Thread.Sleep(_random.Next(0, 400));
            lost += Syscall.kill(ranks[_random.Next(processes)], Signum.SIGKILL) == 0 ? 1 : 0;
            Assert.True(job.WaitForExit(TimeSpan.FromSeconds(LongestEndSeconds)), "the job went on");
            Assert.True(MpiJob.HaveEnded(ranks, TimeSpan.FromSeconds(LongestEndSeconds)), "a process went on");
            if (File.Exists(Checkpoint))
            {
                Assert.NotEmpty(SafeTensorsFile.Load(Checkpoint).Arrays);
            }

            if (File.Exists(Checkpoint) && _random.Next(8) == 0)
            {
                // A finished run has nothing left to kill.
                Assert.Equal(Arrays(whole), Arrays(Train("mpirun.openmpi", 4, [.. options, "--resume"])));
                File.Delete(Checkpoint);
            }
        }

        Assert.True(lost > 0, "no process was killed");
        Assert.Equal(Arrays(whole), Arrays(Train("mpirun.openmpi", 4, [.. options, .. Resumed()])));

        string[] Resumed() => File.Exists(Checkpoint) ? ["--resume"] : [];
    }

    /// <summary>Catches a signal that ends one process alone, and one that loses the steps since the last checkpoint.</summary>
    [Fact]
    public void The_signal_of_one_process_ends_all_with_a_checkpoint()
    {
        using Process job = Start(
            "mpirun.openmpi", 2, ["--steps", "100000", "--checkpoint", _directory.File("state"), "--checkpoint-minutes", "0.0001"]);
        int[] ranks = MpiJob.WaitForRanks(job, 2);
        SpinWait.SpinUntil(() => File.Exists(Checkpoint) || job.HasExited);
        Assert.Equal(0, Syscall.kill(ranks[1], Signum.SIGTERM));
        Assert.True(job.WaitForExit(TimeSpan.FromSeconds(LongestEndSeconds)), "the job went on");
        Assert.Equal(ExitCode.Interrupted, job.ExitCode);
        Assert.Contains("interrupted", job.StandardError.ReadToEnd());
        Assert.NotEmpty(SafeTensorsFile.Load(Checkpoint).Arrays);
    }

    /// <summary>Catches errors of the input that are reported by every process, by none, or only after a start.</summary>
    [Theory]
    [InlineData("--batch: 2 processes cannot share a batch of 3", "--batch", "3")]
    [InlineData("on processors or with CUDA", "--device", "ilgpu:cpu")]
    [InlineData("--unknown-edges", "--task", "deblur", "--unknown-edges", "--crop", "96")]
    [InlineData("is for", "--lambda-a", "1")]
    public void What_several_processes_cannot_do_is_refused_once(string message, params string[] options)
    {
        using Process job = Start("mpirun.openmpi", 2, options);
        string error = job.StandardError.ReadToEnd();
        job.WaitForExit();
        Assert.Equal(ExitCode.Usage, job.ExitCode);
        Assert.Single(error.Split('\n'), line => line.Contains("error: ") && line.Contains(message));
        Assert.False(File.Exists(_directory.File("prior.safetensors")));
    }

    /// <summary>Catches processes that all restore the whole archive, and a shard that is refused.</summary>
    [Theory]
    [InlineData(null, ExitCode.Usage)]
    [InlineData("1/2", ExitCode.Done)]
    public void Several_processes_restore_shards_or_nothing(string? shard, int expected)
    {
        string[] share = shard is null ? [] : ["--shard", shard];
        using Process job = MpiJob.Start(
            "mpirun.openmpi", 2,
            ["restore", _pictures, "--task", "sr4", "--device", "cpu", "--out", _directory.File("out"), "--quiet", .. share]);
        string error = job.StandardError.ReadToEnd();
        job.WaitForExit();
        Assert.True(job.ExitCode == expected, error);
        Assert.Equal(expected == ExitCode.Usage, error.Contains("a shard of its own with --shard", StringComparison.Ordinal));
    }

    /// <summary>Catches processes that train each for itself and overwrite each other's files.</summary>
    [Theory]
    [InlineData("OMPI_COMM_WORLD_SIZE", "libnone.so", "mpirun", "libnone.so")]
    [InlineData("PMI_SIZE", "libnone.so", "mpiexec", "libnone.so")]
    [InlineData("OMPI_COMM_WORLD_SIZE", "libc.so.6", "'libc.so.6' is not an MPI library", "INFADMM_MPI_LIBRARY")]
    public void A_launcher_without_its_library_is_an_error(string variable, string library, params string[] mentioned)
    {
        var start = new ProcessStartInfo(MpiJob.Program, Arguments([])) { RedirectStandardError = true };
        start.Environment[variable] = "2";
        start.Environment["INFADMM_MPI_LIBRARY"] = library;
        using var process = Process.Start(start)!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(ExitCode.Usage, process.ExitCode);
        Assert.All(mentioned, text => Assert.Contains(text, error));
    }

    /// <summary>Catches a job of another launcher that is taken for several single ones, and a batch script for a job.</summary>
    [Theory]
    [InlineData(null, "SLURM_STEP_NUM_TASKS=4")]
    [InlineData(null, "OMPI_COMM_WORLD_SIZE=1")]
    [InlineData("srun 4", "SLURM_STEP_NUM_TASKS=4", "SLURM_STEP_ID=0")]
    [InlineData("srun 4", "PMIX_RANK=3", "SLURM_STEP_NUM_TASKS=4", "SLURM_STEP_ID=0")]
    [InlineData("srun several processes", "PMIX_RANK=0")]
    [InlineData("mpiexec 3", "PMI_SIZE=3", "PMI_RANK=1")]
    [InlineData("mpirun 2", "OMPI_COMM_WORLD_SIZE=2", "PMIX_RANK=0")]
    public void The_environment_tells_the_launcher(string? expected, params string[] variables)
    {
        var environment = variables.ToDictionary(text => text.Split('=')[0], text => text.Split('=')[1]);
        var launcher = MpiLauncher.Find(environment.GetValueOrDefault);
        Assert.Equal(
            expected, launcher is null ? null : $"{launcher.Name} {launcher.Size?.ToString(CultureInfo.InvariantCulture) ?? launcher.SizeText}");
    }

    private string Train(string launcher, int processes, params string[] options)
    {
        using Process job = Start(launcher, processes, options);
        string error = job.StandardError.ReadToEnd();
        job.WaitForExit();
        Assert.True(job.ExitCode == ExitCode.Done, error);
        string kept = _directory.File($"{Guid.NewGuid():N}.safetensors");
        File.Move(_directory.File("prior.safetensors"), kept);
        return kept;
    }

    private Process Start(string launcher, int processes, string[] options) => MpiJob.Start(launcher, processes, Arguments(options));

    private string[] Arguments(string[] options)
    {
        // An option that a test sets replaces the usual one.
        string[] usual =
        [
            "--task", "sr4", "--crop", "32", "--batch", "4", "--unroll", "2", "--steps", "6",
        ];
        return
        [
            "train", "prior", "--data", _pictures, "--weights", _directory.File("prior.safetensors"), "--json",
            _directory.File("report.json"), "--threads", "1", "--quiet", .. options.Contains("--device") ? [] : (string[])["--device", "cpu"],
            .. usual.Chunk(2).Where(pair => !options.Contains(pair[0])).SelectMany(pair => pair), .. options,
        ];
    }

    private static Dictionary<string, float[]> Arrays(string file) =>
        SafeTensorsFile.Load(file).Arrays.ToDictionary(entry => entry.Key, entry => entry.Value.Values);

    private static void AssertClose(string expected, string actual, double tolerance, params string[] names)
    {
        Dictionary<string, float[]> first = Arrays(expected);
        Dictionary<string, float[]> second = Arrays(actual);
        foreach (string name in names is [] ? [.. first.Keys] : names)
        {
            double error = Math.Sqrt(first[name].Zip(second[name], (a, b) => (double)(a - b) * (a - b)).Sum());
            double norm = Math.Sqrt(first[name].Sum(value => (double)value * value));
            Assert.True(error <= tolerance * norm, $"{name}: {error:G3} of {norm:G3}");
        }
    }
}
