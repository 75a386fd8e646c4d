using System.Diagnostics;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda.Tests;

/// <summary>
/// The command on machines that lack something. Each test runs in a separate process, whose libraries an environment
/// variable selects.
/// </summary>
public sealed class CommandTests
{
    [Fact]
    public void Without_a_driver_auto_takes_the_cpu_and_says_why()
    {
        (int code, string output, string notes) = Infadmm(libraries: "", settings: "", Short);
        Assert.SkipWhen(notes.Contains("device: cuda", StringComparison.Ordinal), "the system has a driver");
        Assert.True(code == 0, notes);
        Assert.Contains("not cuda: no CUDA driver: tried ", notes, StringComparison.Ordinal);
        Assert.Contains("device: cpu", notes, StringComparison.Ordinal);
        Assert.Contains("fft", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_driver_an_explicit_cuda_is_refused()
    {
        (int Code, string Output, string Notes) run =
            Infadmm(libraries: "", settings: "", [.. Short, "--device", "cuda"]);
        Assert.SkipWhen(run.Code == 0, "the system has a driver");
        AssertRefused(run, "no CUDA driver: tried ");
    }

    [Theory]
    [InlineData("driver_version=11070", "the NVIDIA driver is too old")]
    [InlineData("compute_capability=75", "the kernels need 8.0 or later")]
    [InlineData("total_memory=134217728", "at least 256 MiB are needed")]
    [InlineData("devices=0", "CUDA_ERROR_NO_DEVICE")]
    public void An_unsuitable_machine_is_reported_with_the_reason(string settings, string reason)
    {
        StandIn.Require();
        (int code, _, string notes) = Infadmm(Libraries, settings, Short);
        Assert.True(code == 0, notes);
        Assert.Contains("not cuda: ", notes, StringComparison.Ordinal);
        Assert.Contains(reason, notes, StringComparison.Ordinal);
        Assert.Contains("device: cpu", notes, StringComparison.Ordinal);
        AssertRefused(Infadmm(Libraries, settings, [.. Short, "--device", "cuda"]), reason);
    }

    /// <summary>
    /// With a driver but without libraries, the hand-written kernels run, and the description says so.
    /// </summary>
    [Fact]
    public void A_driver_alone_is_enough()
    {
        StandIn.Require();
        string folder = Path.Combine(Libraries, "driver-only");
        (int code, string output, string notes) = Infadmm(folder, "", [.. Short, "--device", "cuda"]);
        Assert.True(code == 0, notes);
        Assert.Contains("no cuDNN (", notes, StringComparison.Ordinal);
        Assert.Contains("libcudnn.so.9", notes, StringComparison.Ordinal);
        Assert.Contains("fft", output, StringComparison.Ordinal);
    }

    /// <summary>A library that is newer than the driver creates no handle; an older one beside it may.</summary>
    [Fact]
    public void A_library_that_does_not_work_gives_way_to_an_older_one()
    {
        StandIn.Require();
        string coverage = Path.GetTempFileName();
        (int code, _, string notes) = Infadmm(
            Libraries, "fail_cublasCreate_v2=1", [.. Short, "--device", "cuda"], coverage);
        Assert.True(code == 0, notes);
        Assert.Contains("cublasSetStream_v2", File.ReadAllLines(coverage));
        File.Delete(coverage);
    }

    private static string[] Short => ["laplace", "--size", "64", "--iterations", "2", "--solvers", "fft,learned"];

    private static string Libraries => Environment.GetEnvironmentVariable(NativeLibraries.PathVariable) ?? "";

    private static void AssertRefused((int Code, string Output, string Notes) run, string reason)
    {
        Assert.Equal(2, run.Code);
        string last = run.Notes.TrimEnd().Split('\n')[^1];
        Assert.StartsWith("error: --device cuda cannot run: ", last, StringComparison.Ordinal);
        Assert.Contains(reason, last, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    private static (int Code, string Output, string Notes) Infadmm(
        string libraries, string settings, string[] arguments, string? coverage = null)
    {
        string[] all = ["exec", Path.Combine(AppContext.BaseDirectory, "infadmm.dll"), .. arguments];
        var start = new ProcessStartInfo("dotnet", all) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[NativeLibraries.PathVariable] = libraries;
        start.Environment["INFADMM_STANDIN"] = settings;
        if (coverage is not null)
        {
            start.Environment["INFADMM_STANDIN_COVERAGE"] = coverage;
        }

        using Process process = Process.Start(start)!;
        Task<string> notes = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, notes.Result);
    }
}
