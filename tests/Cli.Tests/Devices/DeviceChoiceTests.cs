using InfAdmm.Cli.Devices;
using InfAdmm.Cli.Terminal;
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

    private static readonly CommonOptions Defaults = ParsedOptions.Common("--threads", "1");

    [Fact]
    public void Auto_takes_the_best_that_runs_and_says_why_not_the_better_ones()
    {
        string notes = Choose(Defaults, Absent, Present);
        Assert.Equal("not cuda: libcuda.so.1 was not found\ndevice: cpu (a processor)\n", notes);
    }

    [Fact]
    public void Auto_passes_over_a_device_that_cannot_be_made()
    {
        var broken = new Backend(
            "ilgpu", _ => ProbeResult.On("an old card"),
            (_, _) => throw new DeviceException("an old card cannot be used"));
        Assert.Equal(
            "not ilgpu: an old card cannot be used\ndevice: cpu (a processor)\n", Choose(Defaults, broken, Present));
    }

    [Fact]
    public void Quiet_says_nothing()
    {
        Assert.Empty(Choose(ParsedOptions.Common("--threads", "1", "--quiet"), Absent, Present));
    }

    [Fact]
    public void A_named_device_does_not_fall_back()
    {
        InputException absent = Assert.Throws<InputException>(
            () => Choose(ParsedOptions.Common("--device", "cuda"), Absent, Present));
        Assert.Contains("libcuda.so.1", absent.Message);
        InputException unknown = Assert.Throws<InputException>(
            () => Choose(ParsedOptions.Common("--device", "ilgpu:cpu"), Absent, Present));
        Assert.Contains("no ilgpu backend", unknown.Message);
        Assert.Throws<InputException>(() => Choose(Defaults, Absent));
    }

    [Fact]
    public void Cuda_comes_first_and_the_cpu_always_runs()
    {
        Assert.Equal(["cuda", "ilgpu", "cpu"], Backends.All.Select(backend => backend.Name));
        Assert.True(Cpu.Probe(null).Available);
    }

    [Fact]
    public void Cuda_runs_or_says_why_it_cannot()
    {
        ProbeResult probe = Backends.All[0].Probe(null);
        Assert.NotEmpty((probe.Available ? probe.Description : probe.Reason)!);
        if (probe.Available)
        {
            Assert.StartsWith("device: cuda (", Choose(ParsedOptions.Common("--precision", "tf32"), Backends.All));
            return;
        }

        Assert.StartsWith($"not cuda: {probe.Reason}\n", Choose(Defaults, Backends.All));
        CommandLine run = CommandLine.Run("laplace", "--device", "cuda", "--size", "64", "--iterations", "1");
        run.AssertUsageError("--device cuda", probe.Reason!.Split('\n')[0]);
    }

    [Fact]
    public void Auto_leaves_alone_what_runs_only_by_name()
    {
        var slow = new Backend(
            "ilgpu", _ => ProbeResult.OnlyByName("its CPU accelerator", "no GPU"),
            (_, options) => CpuDevice.Create(options.Threads));
        Assert.Equal("not ilgpu: no GPU\ndevice: cpu (a processor)\n", Choose(Defaults, slow, Present));
        Assert.Equal(
            "device: ilgpu (its CPU accelerator)\n", Choose(ParsedOptions.Common("--device", "ilgpu"), slow, Present));
    }

    [Fact]
    public void Ilgpu_always_has_its_cpu_accelerator()
    {
        Assert.StartsWith(
            "device: ilgpu:cpu (ILGPU CPU", Choose(ParsedOptions.Common("--device", "ilgpu:cpu"), Backends.All));
        Assert.StartsWith("device: ilgpu (ILGPU ", Choose(ParsedOptions.Common("--device", "ilgpu"), Backends.All));
        using Device device = DeviceChoice.Create(
            ParsedOptions.Common("--device", "ilgpu:cpu:0"),
            new CommandOutput(new Streams(TextWriter.Null, TextWriter.Null), Defaults));
        Assert.Contains("ILGPU", device.Name);
    }

    [Theory]
    [InlineData("ilgpu:cuda", "no NVIDIA driver")]
    [InlineData("ilgpu:opencl", "no OpenCL device")]
    [InlineData("ilgpu:opencl:7", "OpenCL device")]
    [InlineData("ilgpu:cpu:3", "one CPU device, number 0; there is no number 3")]
    public void An_accelerator_that_is_not_here_is_one_clear_line(string device, string reason)
    {
        Backend ilgpu = Backends.All.Single(backend => backend.Name == "ilgpu");
        Assert.SkipWhen(ilgpu.Probe(device["ilgpu:".Length..]).Available, $"{device} is here");
        CommandLine.Run("laplace", "--device", device, "--size", "16", "--iterations", "1")
            .AssertUsageError($"--device {device}", reason);
    }

    [Fact]
    public void Devices_lists_every_accelerator()
    {
        string report = CommandLine.Run("devices", "--json", "-").Out;
        Assert.All(
            ["\"ilgpu\"", "\"ilgpu:cpu\"", "\"ilgpu:cuda", "\"ilgpu:opencl"], name => Assert.Contains(name, report));
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("cpu")]
    public void Other_precisions_than_fp32_are_not_for_the_cpu(string device)
    {
        CommonOptions options = ParsedOptions.Common("--device", device, "--precision", "tf32");
        InputException refusal = Assert.Throws<InputException>(() => Choose(options, Cpu));
        Assert.Contains("--precision tf32", refusal.Message);
    }

    [Fact]
    public void Other_precisions_than_fp32_are_not_for_ilgpu()
    {
        CommonOptions options = ParsedOptions.Common("--device", "ilgpu:cpu", "--precision", "fp16");
        InputException refusal = Assert.Throws<InputException>(() => Choose(options, Backends.All));
        Assert.Contains("--precision fp16", refusal.Message);
    }

    [Fact]
    public void Threads_reach_the_device()
    {
        using Device device = DeviceChoice.Create(
            ParsedOptions.Common("--device", "cpu", "--threads", "3"),
            new CommandOutput(new Streams(TextWriter.Null, TextWriter.Null), Defaults));
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
