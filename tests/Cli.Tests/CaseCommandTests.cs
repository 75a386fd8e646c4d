using System.Diagnostics;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Priors;
using InfAdmm.Storage;
using InfAdmm.Tests.Shared;
using Mono.Unix.Native;

namespace InfAdmm.Cli.Tests;

/// <summary>Commands that once lost data or went wrong in silence (docs/reliability.md), and what each must give.</summary>
public sealed class CaseCommandTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Out => _directory.File("out");

    public void Dispose() => _directory.Dispose();

    /// <summary>Catches inputs that are overwritten through a link in any part of either path.</summary>
    [Theory]
    [InlineData("restore")]
    [InlineData("degrade")]
    public void An_input_is_never_overwritten(string command)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        string picture = Copy("rgb.png", "a.png");
        byte[] before = File.ReadAllBytes(picture);
        Directory.CreateDirectory(Out);
        string here = _directory.File("here");
        File.CreateSymbolicLink(here, ".");
        AssertKept(picture, here);

        string output = Path.Combine(Out, "a.png");
        File.CreateSymbolicLink(output, picture);
        AssertKept(picture, Out);
        File.Delete(output);

        Assert.Equal(0, Syscall.link(picture, output));
        AssertKept(picture, Out);
        File.Delete(output);

        File.Move(picture, output);
        File.CreateSymbolicLink(picture, output);
        AssertKept(picture, Out);

        void AssertKept(string input, string folder)
        {
            CommandLine.Run(command, input, "--task", "deblur", "--out", folder).AssertUsageError("--out", "overwritten");
            Assert.Equal(before, File.ReadAllBytes(picture));
        }
    }

    /// <summary>Catches an output option that replaces what another option, or the arguments, name.</summary>
    [Theory]
    [InlineData("restore a.png --task deblur --out o --json a.png", "a.png")]
    [InlineData("degrade a.png --task deblur --out o --json ./a.png", "a.png")]
    [InlineData("degrade a.png --task deblur --out o --kernel k.csv --json k.csv", "k.csv")]
    [InlineData("laplace --size 16 --solvers learned-linear --weights i.safetensors --json i.safetensors", "i.safetensors")]
    [InlineData("laplace --y y.npy --kernel k.csv --stride 1 --solvers fft --iterations 1 --repeat 1 --dump .", "y.npy")]
    [InlineData("export --weights i.safetensors --out i.safetensors", "i.safetensors")]
    [InlineData("train prior --task deblur --data d --steps 1 --crop 16 --weights d/a.png", "d/a.png")]
    [InlineData("train inverse --kernel k.csv --stride 1 --rho 1 --steps 1 --weights k.csv", "k.csv")]
    [InlineData("evaluate --task deblur --data d --methods wiener --json d/a.png", "d/a.png")]
    public void An_output_never_replaces_an_input(string command, string input)
    {
        Directory.CreateDirectory(_directory.File("d"));
        Copy("rgb.png", "a.png");
        Copy("rgb.png", "d/a.png");
        Copy("rgb.png", "d/b.png");
        File.WriteAllText(_directory.File("k.csv"), "1,2,1");
        ShippedWeights.Inverses().Networks[0].Save(_directory.File("i.safetensors"));
        NpyFile.WriteMatrix(_directory.File("y.npy"), [.. Enumerable.Repeat(0.5f, 64)], 8, 8);
        byte[] before = File.ReadAllBytes(_directory.File(input));

        CommandLine run = CommandLine.Run(
            [.. command.Split(' ').Select(InFolder), "--device", "cpu", "--quiet"]);

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("overwritten", run.LastErrorLine);
        Assert.Equal(before, File.ReadAllBytes(_directory.File(input)));

        string InFolder(string word) =>
            word is "." or "o" or "d" || (word.Contains('.') && !word.StartsWith('-')) ? _directory.File(word) : word;
    }

    /// <summary>Catches a report in the place of a result, and a folder that a refused command leaves.</summary>
    [Fact]
    public void A_report_never_replaces_a_result()
    {
        string picture = Copy("rgb.png", "a.png");
        CommandLine.Run(
            "degrade", picture, "--task", "deblur", "--out", Out, "--device", "cpu", "--json", Path.Combine(Out, "a.png"))
            .AssertUsageError("--json", "a.png");
        Assert.False(Directory.Exists(Out));
    }

    /// <summary>Catches two results in one file, through a link whose target does not exist yet.</summary>
    [Fact]
    public void A_result_is_never_replaced_by_the_next()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        Directory.CreateDirectory(Out);
        File.CreateSymbolicLink(Path.Combine(Out, "1.png"), "2.png");
        CommandLine.Run(
            "degrade", Copy("rgb.png", "1.png"), Copy("rgb.png", "2.png"), "--task", "deblur", "--out", Out, "--device", "cpu")
            .AssertUsageError("--out", "one file");
    }

    /// <summary>Catches a command that a signal cannot end while it waits for the other end of a pipe.</summary>
    [Theory]
    [InlineData("laplace --y PIPE")]
    [InlineData("explain --stride 1 --size 16 --kernel PIPE")]
    [InlineData("restore PIPE --task deblur --out OUT")]
    [InlineData("devices --json PIPE")]
    public void Waiting_for_a_pipe_ends_with_the_run(string command)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no FIFOs");
        string pipe = Pipe("pipe");
        using var source = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        CommandLine run = CommandLine.Run(
            source.Token, [.. command.Replace("PIPE", pipe).Replace("OUT", Out).Split(' ')]);
        Assert.Equal(ExitCode.Interrupted, run.ExitCode);
    }

    /// <summary>Catches weights that replace a pipe by a file: its reader would wait for ever.</summary>
    [Fact]
    public async Task Weights_go_through_a_pipe()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no FIFOs");
        string pipe = Pipe("weights");
        Task<byte[]> reading = Task.Run(() => File.ReadAllBytes(pipe), TestContext.Current.CancellationToken);
        CommandLine run = CommandLine.Run(
            "train", "inverse", "--kernel", "gaussian:3:1", "--stride", "2", "--rho", "1", "--steps", "1", "--device",
            "cpu", "--quiet", "--weights", pipe);
        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Equal(FileKind.Pipe, FileKinds.Of(pipe));
        Assert.NotEmpty(await reading);
    }

    /// <summary>Catches a measurement from a pipe that is refused because it has no length.</summary>
    [Fact]
    public async Task A_measurement_comes_through_a_pipe()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no FIFOs");
        string file = _directory.File("y.npy");
        NpyFile.WriteMatrix(file, [.. Enumerable.Range(0, 64).Select(i => i / 64f)], 8, 8);
        string pipe = Pipe("y.npy.fifo.npy");
        byte[] bytes = File.ReadAllBytes(file);
        Task writing = Task.Run(() => File.WriteAllBytes(pipe, bytes), TestContext.Current.CancellationToken);
        CommandLine run = CommandLine.Run(
            "laplace", "--y", pipe, "--kernel", "gaussian:3:1", "--iterations", "2", "--repeat", "1", "--solvers", "fft",
            "--device", "cpu", "--quiet");
        await writing;
        Assert.Equal(ExitCode.Done, run.ExitCode);
    }

    /// <summary>Catches thousands separators: "1,25" was read as 125.</summary>
    [Theory]
    [InlineData("gaussian:5:1,25")]
    [InlineData("motion:9:3,0")]
    [InlineData("motion:9:nan")]
    [InlineData("gaussian: 5:1e400")]
    public void Kernels_are_read_strictly(string kernel) =>
        CommandLine.Run("explain", "--size", "32", "--kernel", kernel).AssertUsageError("--kernel", kernel);

    /// <summary>Catches decimal commas taken for more columns.</summary>
    [Fact]
    public void Decimal_commas_are_refused()
    {
        string file = _directory.File("k.csv");
        File.WriteAllText(file, "0,0625;0,125;0,0625\n0,125;0,25;0,125\n0,0625;0,125;0,0625\n");
        CommandLine.Run("explain", "--size", "32", "--kernel", file).AssertUsageError("--kernel", "line 1", "point");
    }

    /// <summary>Catches values that an analysis of the kernel never ends with.</summary>
    [Theory]
    [InlineData("hang.csv")]
    [InlineData("nonconv.csv")]
    public void Values_beyond_all_measure_are_refused(string file)
    {
        string kernel = Case(file);
        CommandLine.Run("laplace", "--size", "32", "--kernel", kernel).AssertUsageError("--kernel", file);
        CommandLine.Run("degrade", Case("rgb.png"), "--task", "deblur", "--kernel", kernel, "--out", Out)
            .AssertUsageError("--kernel", file);
    }

    /// <summary>Catches a kernel in integers that makes a picture white, and one without a mean.</summary>
    [Fact]
    public void Kernels_of_pictures_have_the_sum_1()
    {
        string flat = Case("flat200.png");
        CommandLine run = CommandLine.Run(
            "degrade", flat, "--task", "deblur", "--kernel", Case("k_255.csv"), "--noise", "0", "--out", Out, "--device",
            "cpu");
        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Contains("sums to 256", run.Error);
        Assert.All(
            ImageFile.Read(Path.Combine(Out, "flat200.png")).Values, value => Assert.Equal(200 / 255f, value, 1e-3f));

        string zero = _directory.File("zero.csv");
        File.WriteAllText(zero, "1,-2,1\n");
        CommandLine.Run("restore", flat, "--task", "deblur", "--kernel", zero, "--out", Out)
            .AssertUsageError("--kernel", "above 0");
    }

    /// <summary>Catches a frame around a flat picture, and one that comes out darker.</summary>
    [Fact]
    public void A_flat_picture_stays_flat()
    {
        Assert.Equal(
            ExitCode.Done,
            CommandLine.Run("restore", Case("flat200.png"), "--task", "deblur", "--out", Out, "--device", "cpu").ExitCode);
        Assert.All(
            ImageFile.Read(Path.Combine(Out, "flat200.png")).Values, value => Assert.InRange(value * 255, 199, 201));
    }

    /// <summary>Catches sizes written as height×width.</summary>
    [Fact]
    public void Sizes_are_width_times_height() =>
        CommandLine.Run("restore", Case("s1x50.png"), "--task", "sr4", "--out", Out).AssertUsageError("s1x50.png", "1x50");

    /// <summary>Catches a picture that is measured as it lies in the file, not as it is shown.</summary>
    [Theory]
    [InlineData("png8eXIf.png")]
    [InlineData("exif6.jpg")]
    public void Turned_pictures_are_measured_upright(string name)
    {
        CommandLine run = CommandLine.Run(
            "degrade", Case(name), "--task", "deblur", "--noise", "0", "--out", Out, "--device", "cpu");
        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Contains("48x64", run.Out);
    }

    /// <summary>Catches invisible black pixels that darken the visible white ones next to them.</summary>
    [Theory]
    [InlineData("deblur")]
    [InlineData("sr4")]
    public void Invisible_pixels_leave_no_fringe(string task)
    {
        float[] alpha = ImageFile.ReadPicture(Case("alpha_zero_black.png")).Alpha!;
        string file = _directory.File("white.png");
        ImageFile.Write(file, alpha, new Shape(1, 1, 48, 64), isDeep: false, alpha);

        CommandLine run = CommandLine.Run("restore", file, "--task", task, "--out", Out, "--device", "cpu");

        Assert.Equal(ExitCode.Done, run.ExitCode);
        Picture restored = ImageFile.ReadPicture(Path.Combine(Out, "white.png"));
        float[] opacity = restored.Alpha!;
        Assert.Contains(opacity, value => value == 0);
        Assert.All(
            Enumerable.Range(0, opacity.Length),
            i => Assert.InRange(1 - opacity[i] + opacity[i] * restored.Image.Values[i], 0.98f, 1));
    }

    /// <summary>Catches a limit that applies to other pictures than the large one, or does not name its option.</summary>
    [Fact]
    public void Pictures_above_the_limit_are_refused()
    {
        CommandLine.Run("degrade", Case("rgb.png"), "--task", "deblur", "--max-pixels", "3071", "--out", Out)
            .AssertUsageError("--max-pixels", "64x48", "rgb.png");
        CommandLine run = CommandLine.Run(
            "restore", Case("rgb.png"), Case("flat200.png"), "--task", "deblur", "--max-pixels", "3072", "--out", Out,
            "--device", "cpu", "--quiet");
        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("64x64", run.Error);
        Assert.True(File.Exists(Path.Combine(Out, "rgb.png")));
    }

    /// <summary>Catches values that overflow in the run and are not refused with their option.</summary>
    [Theory]
    [InlineData("--sigma", "1e30")]
    [InlineData("--scale", "1e30")]
    [InlineData("--rho", "1e38")]
    [InlineData("--y", "huge.npy")]
    public void Numbers_that_would_overflow_are_refused(string option, string value)
    {
        string[] problem = option == "--y"
            ? ["--y", Case(value), "--kernel", "gaussian:3:1", "--stride", "1", "--sigma", "0.1"]
            : ["--size", "32", option, value];
        CommandLine run = CommandLine.Run(
            ["laplace", .. problem, "--repeat", "1", "--iterations", "3", "--device", "cpu", "--quiet"]);
        run.AssertUsageError(option, "single precision");
    }

    /// <summary>Catches results that are not numbers, or only rounded to zero, with exit code 0.</summary>
    [Fact]
    public void Numbers_that_overflow_end_the_run()
    {
        CommandLine run = Run("--scale", "1e-307");
        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("left the range of single precision", run.LastErrorLine);
        Run("--sigma", "1e-30", "--scale", "1e-30").AssertUsageError("--sigma", "single precision");

        static CommandLine Run(params string[] options) => CommandLine.Run(
            ["laplace", "--size", "32", "--repeat", "1", "--iterations", "3", "--device", "cpu", .. options]);
    }

    /// <summary>Catches an abort, or a lost picture, where the caller closed a standard stream.</summary>
    [Theory]
    [InlineData("2>&-")]
    [InlineData(">&-")]
    [InlineData(">&- 2>&-")]
    [InlineData("<&-")]
    [InlineData("<&- >&- 2>&-")]
    public void Closed_streams_change_nothing(string closed)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "infadmm");
        Assert.SkipUnless(File.Exists(program) && File.Exists("/bin/sh"), "no shell");
        string picture = Copy("rgb.png", "good.png");
        string command = $"'{program}' restore '{picture}' --task deblur --device cpu --out '{Out}' {closed}";
        using Process process = Process.Start(
            new ProcessStartInfo("/bin/sh", ["-c", command]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.BeginErrorReadLine();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(ExitCode.Done, process.ExitCode);
        Assert.True(File.Exists(Path.Combine(Out, "good.png")));
    }

    /// <summary>Catches one bad file that ends the whole run, and a reason that --quiet hides.</summary>
    [Theory]
    [InlineData("restore")]
    [InlineData("degrade")]
    public void A_bad_file_is_named_and_the_others_go_on(string command)
    {
        string report = _directory.File("report.json");
        CommandLine run = CommandLine.Run(
            command, Case("rgb.png"), Case("anim.gif"), _directory.File("missing.png"), Copy("rgb.png", "b.png"), "--task",
            "deblur", "--out", Out, "--device", "cpu", "--quiet", "--json", report);
        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("anim.gif", run.Error);
        Assert.Contains("missing.png", run.Error);
        Assert.Equal(["b.png", "rgb.png"], Directory.GetFiles(Out, "*.png").Select(Path.GetFileName).Order());
        Assert.Contains("b.png", File.ReadAllText(report));
    }

    /// <summary>Catches an interruption that hides what was done before it.</summary>
    [Fact]
    public async Task An_interrupted_run_reports_what_was_done()
    {
        using var source = new CancellationTokenSource();
        string report = _directory.File("report.json");
        string first = Copy("rgb.png", "first.png");
        string pipe = Pipe("second.png");
        Task interrupting = Task.Run(() =>
        {
            // The second picture is only asked for once the first is written.
            using var stream = new FileStream(pipe, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            source.Cancel();
        }, TestContext.Current.CancellationToken);
        CommandLine run = CommandLine.Run(
            source.Token, "restore", first, pipe, "--task", "deblur", "--out", Out, "--device", "cpu", "--json", report);
        await interrupting;
        Assert.Equal(ExitCode.Interrupted, run.ExitCode);
        Assert.Contains("first.png", run.Out);
        Assert.Contains("first.png", File.ReadAllText(report));
    }

    private static string Case(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", "cases", name);

    private string Copy(string name, string copy)
    {
        string file = _directory.File(copy);
        File.Copy(Case(name), file);
        return file;
    }

    private string Pipe(string name)
    {
        string pipe = _directory.File(name);
        Assert.Equal(0, Syscall.mkfifo(pipe, FilePermissions.S_IRUSR | FilePermissions.S_IWUSR));
        return pipe;
    }
}
