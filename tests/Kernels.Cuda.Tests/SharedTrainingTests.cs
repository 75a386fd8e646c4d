using System.Diagnostics;
using InfAdmm.Cli;
using InfAdmm.Cli.Tests;
using InfAdmm.Kernels.Cuda.Interop;
using InfAdmm.Nn.Weights;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Kernels.Cuda.Tests;

/// <summary>
/// <c>train prior --device cuda</c> in several processes, started by mpirun, each on a GPU of the stand-in: it trains what one
/// process does, and ends as one.
/// </summary>
public sealed class SharedTrainingTests : IDisposable
{
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(30);
    private readonly TemporaryDirectory _directory = new();
    private readonly string _pictures;

    public SharedTrainingTests()
    {
        StandIn.Require();
        _pictures = Drawings.WriteFolder(_directory.File("pictures"), count: 4);
    }

    public static TheoryData<string> Launchers => [.. MpiJob.Launchers];

    private string Weights => _directory.File("prior.safetensors");

    private string Checkpoint => Path.Combine(_directory.File("state"), "checkpoint.safetensors");

    public void Dispose() => _directory.Dispose();

    /// <summary>Catches processes that train alone or on one GPU, and twice the gradient.</summary>
    [Theory]
    [MemberData(nameof(Launchers))]
    public void Two_GPUs_train_what_one_does(string launcher)
    {
        Dictionary<string, float[]> one = Train(launcher, processes: 1);
        Dictionary<string, float[]> two = Train(launcher, processes: 2);
        foreach ((string name, float[] values) in one)
        {
            // Adam takes steps of equal size for gradients of any size, also for those that are hardly more than rounding errors.
            double error = Math.Sqrt(values.Zip(two[name], (a, b) => (double)(a - b) * (a - b)).Sum());
            double norm = Math.Sqrt(values.Sum(value => (double)value * value));
            Assert.True(error <= 1e-3 * norm, $"{name}: {error:G3} of {norm:G3}");
        }
    }

    /// <summary>Catches bits that depend on the number of processes, and algorithms that each process times for itself.</summary>
    [Fact]
    public void A_fixed_order_has_the_same_bits_on_two_GPUs()
    {
        string coverage = _directory.File("called.txt");
        Dictionary<string, float[]> one = Train("mpirun.openmpi", processes: 1, "--fixed-order");
        Environment["INFADMM_STANDIN_COVERAGE"] = coverage;
        Assert.Equal(one, Train("mpirun.openmpi", processes: 2, "--fixed-order"));
        Assert.DoesNotContain("cudnnConvolutionForward", File.ReadAllLines(coverage));
    }

    /// <summary>Catches the recipe of docs/scale-out.md, with smaller crops and fewer steps, that does not run.</summary>
    [Fact]
    public void The_recipe_runs()
    {
        string file = Path.Combine(AppContext.BaseDirectory, "Documents", "scale-out.md");
        string recipe = File.ReadAllText(file).Replace("\\\n", "").Split('\n')
            .Single(line => line.StartsWith("mpirun ", StringComparison.Ordinal) && line.Contains("--device cuda"));
        string[] words = recipe.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["mpirun", "-n", "8", "infadmm", "train", "prior"], words[..6]);
        Environment["INFADMM_STANDIN"] = "devices=8";
        string[] arguments =
        [
            .. words[4..].Select(word => word switch
            {
                "/data/pictures" => _pictures,
                "prior.safetensors" or "state" => _directory.File(word),
                _ => word,
            }),
            "--crop", "32", "--steps", "1", "--quiet",
        ];
        using Process job = MpiJob.Start("mpirun.openmpi", 8, arguments, Environment);
        AssertEnds(job, ExitCode.Done);
        Assert.True(File.Exists(Weights) && File.Exists(Checkpoint));
    }

    /// <summary>Catches two processes on one GPU, and an error that every process reports, or none.</summary>
    [Theory]
    [InlineData(2, 1, "process 1 takes GPU 1: there is no GPU 1: the only one is 0; start no more processes on a machine")]
    [InlineData(4, 3, "process 3 takes GPU 3: there is no GPU 3: they are 0 … 2; start no more processes on a machine")]
    public void More_processes_than_GPUs_are_refused_once(int processes, int gpus, string message)
    {
        Environment["INFADMM_STANDIN"] = $"devices={gpus}";
        using Process job = Start("mpirun.openmpi", processes);
        string error = AssertEnds(job, ExitCode.Usage);
        Assert.Single(error.Split('\n'), line => line.Contains("error: ") && line.Contains(message));
        Assert.False(File.Exists(Weights));
    }

    /// <summary>Catches processes that hang or crash without NCCL, and a message without the remedy.</summary>
    [Fact]
    public void A_missing_NCCL_is_reported_once()
    {
        Environment[NativeLibraries.PathVariable] = Path.Combine(Libraries, "driver-only");
        using Process job = Start("mpirun.openmpi", 2);
        string error = ErrorAtEnd(job, LongestEnd);
        Assert.SkipWhen(job.ExitCode == ExitCode.Done, "the system has NCCL");
        Assert.Equal(ExitCode.Usage, job.ExitCode);
        string line = Assert.Single(error.Split('\n'), line => line.Contains("error: "));
        Assert.Contains("GPUs of several processes need NCCL", line, StringComparison.Ordinal);
        Assert.Contains("libnccl.so.2", line, StringComparison.Ordinal);
        Assert.Contains("libnccl2", line, StringComparison.Ordinal);
    }

    /// <summary>
    /// Catches a job that waits for a killed process, here without a launcher that ends it, half a checkpoint, and a resumed run
    /// that does not go on.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_killed_process_ends_the_job_with_a_whole_checkpoint(int victim)
    {
        string[] options = ["--checkpoint", _directory.File("state"), "--checkpoint-minutes", "0.0001"];
        using (Process job = MpiJob.Start(
            "mpirun.openmpi", 2, Arguments([.. options, "--steps", "100000"]), Environment, "--enable-recovery"))
        {
            int[] ranks = MpiJob.WaitForRanks(job, 2);
            Assert.True(SpinWait.SpinUntil(() => File.Exists(Checkpoint) || job.HasExited, LongestEnd));
            using (var process = Process.GetProcessById(ranks[victim]))
            {
                process.Kill();
            }

            string error = ErrorAtEnd(job, LongestEnd);
            Assert.True(MpiJob.HaveEnded(ranks, LongestEnd), "a process went on");
            Assert.Contains(" was lost", error, StringComparison.Ordinal);
            Assert.Contains("a checkpoint that was written is complete", error, StringComparison.Ordinal);
        }

        Assert.NotEmpty(SafeTensorsFile.Load(Checkpoint).Arrays);
    }

    /// <summary>Catches a process that fails alone and then waits for the others, which wait for it.</summary>
    [Fact]
    public void A_process_that_fails_alone_ends_the_job()
    {
        Environment["INFADMM_STANDIN"] = "devices=3";
        string[] arguments = Arguments(["--steps", "100000", "--batch", "6"]);
        string[] third = [":", "-n", "1", "env", "INFADMM_STANDIN=devices=3,fail_cuEventQuery=702", MpiJob.Program, .. arguments];
        using Process job = MpiJob.Start("mpirun.openmpi", 2, [.. arguments, .. third], Environment);
        string error = AssertEnds(job, ExitCode.Failed);
        Assert.Contains("cuEventQuery, the end of the sums", error, StringComparison.Ordinal);
        Assert.Contains("CUDA_ERROR_LAUNCH_TIMEOUT", error, StringComparison.Ordinal);
    }

    private static string Libraries => System.Environment.GetEnvironmentVariable(NativeLibraries.PathVariable) ?? "";

    private Dictionary<string, string> Environment { get; } = new() { ["INFADMM_STANDIN"] = "devices=2" };

    private static string AssertEnds(Process job, int exitCode)
    {
        string error = ErrorAtEnd(job, TimeSpan.FromMinutes(2));
        Assert.True(job.ExitCode == exitCode, error);
        return error;
    }

    private static string ErrorAtEnd(Process job, TimeSpan longest)
    {
        Task<string> error = job.StandardError.ReadToEndAsync();
        bool hasEnded = job.WaitForExit(longest);
        if (!hasEnded)
        {
            job.Kill(entireProcessTree: true);
        }

        Assert.True(hasEnded, "the job went on");
        return error.Result;
    }

    private Dictionary<string, float[]> Train(string launcher, int processes, params string[] options)
    {
        using Process job = Start(launcher, processes, options);
        AssertEnds(job, ExitCode.Done);
        return SafeTensorsFile.Load(Weights).Arrays.ToDictionary(entry => entry.Key, entry => entry.Value.Values);
    }

    private Process Start(string launcher, int processes, params string[] options) =>
        MpiJob.Start(launcher, processes, Arguments(options), Environment);

    private string[] Arguments(string[] options)
    {
        // An option that a test sets replaces the usual one.
        string[] usual = ["--crop", "32", "--batch", "4", "--unroll", "2", "--steps", "3"];
        return
        [
            "train", "prior", "--task", "sr4", "--data", _pictures, "--weights", Weights, "--device", "cuda", "--threads", "1",
            "--quiet", .. usual.Chunk(2).Where(pair => !options.Contains(pair[0])).SelectMany(pair => pair), .. options,
        ];
    }
}
