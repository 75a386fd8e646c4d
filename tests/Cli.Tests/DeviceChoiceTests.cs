using InfAdmm.Engine;
using InfAdmm.Kernels.Cpu;

namespace InfAdmm.Cli.Tests;

public sealed class DeviceChoiceTests
{
    private static readonly Backend Absent = new(
        "cuda", _ => ProbeResult.No("libcuda.so.1 was not found"), (_, _) => throw new InvalidOperationException());

    private static readonly Backend Present = new(
        "cpu", _ => ProbeResult.On("a processor"), (_, options) => CpuDevice.Create(options.Threads));

    private static Backend Cpu => Backends.All.Single(backend => backend.Name == "cpu");

    private static readonly CommonOptions Defaults = new("auto", "fp32", 1, 0, null, null, false);

    [Fact]
    public void Auto_takes_the_best_that_runs_and_says_why_not_the_better_ones()
    {
        string notes = Choose(Defaults, Absent, Present);
        Assert.Equal("not cuda: libcuda.so.1 was not found\ndevice: cpu (a processor)\n", notes);
    }

    [Fact]
    public void Quiet_says_nothing()
    {
        Assert.Empty(Choose(Defaults with { Quiet = true }, Absent, Present));
    }

    [Fact]
    public void A_named_device_does_not_fall_back()
    {
        InputException absent = Assert.Throws<InputException>(
            () => Choose(Defaults with { Device = "cuda" }, Absent, Present));
        Assert.Contains("libcuda.so.1", absent.Message);
        InputException unknown = Assert.Throws<InputException>(
            () => Choose(Defaults with { Device = "ilgpu:cpu" }, Absent, Present));
        Assert.Contains("no ilgpu backend", unknown.Message);
        Assert.Throws<InputException>(() => Choose(Defaults, Absent));
    }

    [Fact]
    public void Cuda_comes_first_and_the_cpu_always_runs()
    {
        Assert.Equal(["cuda", "cpu"], Backends.All.Select(backend => backend.Name));
        Assert.True(Cpu.Probe(null).Available);
    }

    [Fact]
    public void Cuda_runs_or_says_why_it_cannot()
    {
        ProbeResult probe = Backends.All[0].Probe(null);
        Assert.NotEmpty((probe.Available ? probe.Description : probe.Reason)!);
        if (probe.Available)
        {
            Assert.StartsWith("device: cuda (", Choose(Defaults with { Precision = "tf32" }, Backends.All));
            return;
        }

        Assert.StartsWith($"not cuda: {probe.Reason}\ndevice: cpu (", Choose(Defaults, Backends.All));
        CommandLine run = CommandLine.Run("laplace", "--device", "cuda", "--size", "64", "--iterations", "1");
        run.AssertUsageError("--device cuda", probe.Reason!.Split('\n')[0]);
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("cpu")]
    public void Other_precisions_than_fp32_are_not_for_the_cpu(string device)
    {
        CommonOptions options = Defaults with { Device = device, Precision = "tf32" };
        InputException refusal = Assert.Throws<InputException>(() => Choose(options, Cpu));
        Assert.Contains("--precision tf32", refusal.Message);
    }

    [Fact]
    public void Threads_reach_the_device()
    {
        using Device device = DeviceChoice.Create(
            Defaults with { Device = "cpu", Threads = 3 }, new CommandOutput(new Streams(TextWriter.Null, TextWriter.Null), Defaults));
        Assert.Equal(3, device.Threads);
    }

    private static string Choose(CommonOptions options, params Backend[] backends)
    {
        var stderr = new StringWriter { NewLine = "\n" };
        var output = new CommandOutput(new Streams(TextWriter.Null, stderr), options);
        DeviceChoice.Create(options, output, backends).Dispose();
        return stderr.ToString();
    }
}
