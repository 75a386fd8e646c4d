using System.Diagnostics;
using System.Text;
using System.Text.Json;
using InfAdmm.Cli.Terminal;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Tests.Shared;
using Mono.Unix.Native;

namespace InfAdmm.Cli.Tests;

/// <summary><c>stream</c> from stdin to stdout: frames, errors, closed pipes and signals.</summary>
public sealed class StreamTests : IDisposable
{
    private const string Program = "infadmm";

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>
    /// Catches a frame that is restored in another way than a picture, with other options, or with exchanged channels.
    /// </summary>
    [Theory]
    [InlineData("sr4", RawFrameFormat.Rgb24)]
    [InlineData("sr4", RawFrameFormat.Gray8)]
    [InlineData("deblur", RawFrameFormat.Rgb24, "--prior", "denoiser", "--iterations", "2", "--noise", "0.02")]
    [InlineData("deblur", RawFrameFormat.Rgb24, "--kernel", "gaussian:5:1", "--rho", "0.1", "--edges", "mirrored")]
    [InlineData("color-sr2", RawFrameFormat.Gray8)]
    [InlineData("mnist-sr4", RawFrameFormat.Gray8)]
    public void A_frame_is_restored_like_a_picture(string task, RawFrameFormat format, params string[] options)
    {
        const int Width = 14;
        const int Height = 10;
        int channels = format == RawFrameFormat.Rgb24 ? 3 : 1;
        byte[] frame = Pixels(Width * Height * channels, 4);
        string picture = _directory.File("a.png");
        var shape = new Shape(1, channels, Height, Width);
        float[] values = new float[shape.Count];
        var reader = new RawFrameReader(new MemoryStream(frame), format, Width, Height);
        Assert.True(reader.Advance());
        reader.Decode(values);
        ImageFile.Write(picture, values, shape);
        CommandLine restored = CommandLine.Run(
            ["restore", picture, "--task", task, "--out", _directory.File("out"), "--device", "cpu", .. options]);
        Assert.Equal(ExitCode.Done, restored.ExitCode);

        (CommandLine run, byte[] output) = Run(
            [.. frame, .. frame], task,
            ["--raw", OptionName(format), "--width", $"{Width}", "--height", $"{Height}", .. options]);

        Assert.Equal(ExitCode.Done, run.ExitCode);
        PlanarImage expected = ImageFile.Read(Path.Combine(_directory.File("out"), "a.png"));
        byte[] samples = new byte[expected.Shape.Count];
        for (int i = 0; i < samples.Length; i++)
        {
            samples[i] = (byte)MathF.Round(
                255 * expected.Values[i % expected.Shape.C * expected.Shape.PlaneSize + i / expected.Shape.C]);
        }

        Assert.Equal([.. samples, .. samples], output);
    }

    /// <summary>
    /// Catches another container, size or pixel format of the output, and a report that does not say so.
    /// </summary>
    [Theory]
    [InlineData("sr4", "C420jpeg", 24, "W16 H16", "C444", 3 * 256)]
    [InlineData("sr4", "Cmono", 16, "W16 H16", "Cmono", 256)]
    [InlineData("deblur", "C422", 32, "W4 H4", "C444", 48)]
    [InlineData("color-sr2", "Cmono", 16, "W8 H8", "C444 XCOLORRANGE=LIMITED", 192)]
    public void The_output_has_the_format_of_the_input(
        string task, string chroma, int bytes, string size, string expected, int expectedBytes)
    {
        byte[] input = Y4m($"W4 H4 F25:1 A3:2 {chroma}", Pixels(bytes, 1), Pixels(bytes, 2), Pixels(bytes, 3));
        string report = _directory.File("report.json");

        (CommandLine run, byte[] output) = Run(input, task, ["--json", report]);

        Assert.Equal(ExitCode.Done, run.ExitCode);
        string header = $"YUV4MPEG2 {size} F25:1 Ip A3:2 {expected}\n";
        Assert.Equal(header, Encoding.ASCII.GetString(output[..header.Length]));
        Assert.Equal(header.Length + 3 * (6 + expectedBytes), output.Length);
        Assert.Matches(@"^3 frames of \d+x\d+, [\d.]+ frames/s; latency p50 [\d.]+ ms, p99 [\d.]+ ms$", run.LastErrorLine);
        using var json = JsonDocument.Parse(File.ReadAllText(report));
        Assert.Equal("stream", json.RootElement.GetProperty("command").GetString());
        Assert.Equal(task, json.RootElement.GetProperty("task").GetString());
        Assert.Equal(3, json.RootElement.GetProperty("frames").GetInt32());
        Assert.True(json.RootElement.GetProperty("latency_seconds_p99").GetDouble() > 0);
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("error").ValueKind);
    }

    /// <summary>Catches notes on stderr that --quiet does not suppress, and a warm start that is not used.</summary>
    [Fact]
    public void A_warm_start_continues()
    {
        byte[] pixels = Pixels(48, 1);
        byte[] input = Y4m("W4 H4 C444", pixels, pixels, Pixels(48, 2));
        string[] options = ["--prior", "denoiser", "--warm-start", "--iterations", "3"];

        (CommandLine run, byte[] _) = Run(input, "deblur", options);
        Assert.EndsWith("; 1 continued from the last frame, 1 scene cuts, 9 iterations per frame", run.LastErrorLine);

        (run, _) = Run(input, "deblur", ["--warm-start"]);
        Assert.EndsWith("; 1 continued from the last frame, 1 scene cuts, 3.3 iterations per frame", run.LastErrorLine);

        (run, byte[] cold) = Run(input, "deblur", [.. options.Except(["--warm-start"]), "--quiet"]);
        Assert.Equal((ExitCode.Done, ""), (run.ExitCode, run.Error));

        // Three iterations of a fresh start are not the last three of twelve.
        (run, byte[] warm) = Run(input, "deblur", [.. options, "--quiet"]);
        Assert.NotEqual(cold, warm);
    }

    /// <summary>Catches input or options that are misread, and messages without the fix.</summary>
    [Theory]
    [InlineData("", "sr4", "", "the input is empty")]
    [InlineData("YUV4MPEG2 W4 H4 C444\n", "sr4", "", "no frames")]
    [InlineData("P6 4 4 255\n", "sr4", "", "--raw", "-f yuv4mpegpipe")]
    [InlineData("YUV4MPEG2 W4 H4 Ib C444\n", "sr4", "", "interlaced", "-vf yadif")]
    [InlineData("YUV4MPEG2 W4 H4 C422p12\n", "sr4", "", "C422p12", "-pix_fmt yuv444p")]
    [InlineData("YUV4MPEG2 W4 H4 C444\n", "color-sr2", "", "the frame is in colour", "-pix_fmt gray")]
    [InlineData("YUV4MPEG2 W4 H4 C444\n", "mnist-sr4", "", "the frame is in colour", "-pix_fmt gray")]
    [InlineData("YUV4MPEG2 W1 H4 C444\n", "sr4", "", "a frame of 1x4 is too small")]
    [InlineData("", "sr4", "--raw rgb24 --width 4", "--height")]
    [InlineData("", "sr4", "--raw rgb24 --width 4 --height 4", "no frames")]
    [InlineData("", "sr4", "--raw rgb24 --width 65536 --height 65536", "too large")]
    [InlineData("", "sr4", "--raw rgb48 --width 4 --height 4", "--raw", "rgb24")]
    [InlineData("", "sr4", "--width 4 --height 4", "--raw")]
    [InlineData("", "sr4", "--json -", "--json", "stdout carries the frames")]
    [InlineData("", "sr4", "--out x", "--out", "leave it out")]
    [InlineData("", "sr4", "--denoiser x.safetensors", "--prior denoiser")]
    public void Bad_input_is_refused_with_the_fix(string input, string task, string options, params string[] expected)
    {
        (CommandLine run, byte[] output) = Run(
            Encoding.ASCII.GetBytes(input), task, options.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        run.AssertUsageError(expected);
        Assert.Empty(output);
    }

    /// <summary>Catches whole frames that are lost with an incomplete one, and a report without the reason.</summary>
    [Fact]
    public void An_incomplete_frame_is_named_and_those_before_are_written()
    {
        byte[] input = Y4m("W4 H4 C444", Pixels(48, 1), Pixels(48, 2), Pixels(48, 3));
        string report = _directory.File("report.json");

        (CommandLine run, byte[] output) = Run(input[..^1], "deblur", ["--json", report]);

        run.AssertUsageError("frame 3 is incomplete");
        Assert.Equal(Y4m("W4 H4 Ip C444", new byte[48], new byte[48]).Length, output.Length);
        using var json = JsonDocument.Parse(File.ReadAllText(report));
        Assert.Equal(2, json.RootElement.GetProperty("frames").GetInt32());
        Assert.Contains("frame 3", json.RootElement.GetProperty("error").GetString());
    }

    /// <summary>Catches an endless run, a stack trace or an error where the reader has read enough.</summary>
    [Fact]
    public void A_closed_pipe_ends_the_run()
    {
        (string output, string error) = Shell(
            "timeout 100 'PROGRAM' stream --raw gray8 --width 16 --height 16 --task deblur --device cpu --quiet " +
            "--json 'REPORT' < /dev/zero; echo $? > 'CODE'", "| head -c 1000 | wc -c");

        Assert.Equal("1000", output.Trim());
        Assert.Equal("", error);
        Assert.Equal("0", File.ReadAllText(_directory.File("code")).Trim());
        using var json = JsonDocument.Parse(File.ReadAllText(_directory.File("report.json")));
        Assert.True(json.RootElement.GetProperty("output_closed").GetBoolean());
    }

    /// <summary>Catches a full disk that is taken for a closed pipe.</summary>
    [Fact]
    public void An_output_that_cannot_be_written_is_an_error()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "no /dev/full");
        (_, string error) = Shell(
            "head -c 1024 /dev/zero | 'PROGRAM' stream --raw gray8 --width 16 --height 16 --task deblur --device cpu " +
            "--quiet > /dev/full; echo $? > 'CODE'");

        Assert.Equal("1", File.ReadAllText(_directory.File("code")).Trim());
        Assert.StartsWith("error: ", error);
        Assert.DoesNotContain("   at ", error);
    }

    /// <summary>Catches closed standard streams that are used, or that hide the reason.</summary>
    [Theory]
    [InlineData("<&-", "stdin is closed")]
    [InlineData(">&-", "stdout is closed")]
    public void Closed_streams_are_refused(string closed, string expected)
    {
        (_, string error) = Shell($"'PROGRAM' stream --task deblur --device cpu {closed}; echo $? > 'CODE'", "< /dev/null");
        Assert.Equal("2", File.ReadAllText(_directory.File("code")).Trim());
        Assert.Contains(expected, error);
    }

    /// <summary>
    /// Catches an interruption that waits for a frame or a header which never comes, or cuts a frame off.
    /// </summary>
    [Theory(Timeout = 100_000)]
    [InlineData(Signum.SIGINT, true)]
    [InlineData(Signum.SIGTERM, false)]
    public async Task A_signal_ends_after_the_current_frame(Signum signal, bool hasFrame)
    {
        string program = ProgramPath();
        string report = _directory.File("report.json");
        using Process process = Process.Start(new ProcessStartInfo(
            program, ["stream", "--task", "deblur", "--device", "cpu", "--quiet", "--json", report])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        CancellationToken running = TestContext.Current.CancellationToken;
        byte[] expected = Y4m("W4 H4 Ip C444", new byte[48]);
        byte[] output = new byte[expected.Length];
        if (hasFrame)
        {
            await process.StandardInput.BaseStream.WriteAsync(Y4m("W4 H4 C444", Pixels(48, 1)), running);
            await process.StandardInput.BaseStream.FlushAsync(running);
            await process.StandardOutput.BaseStream.ReadExactlyAsync(output, running);
        }
        else
        {
            await Task.Delay(1500, running);
        }

        Assert.Equal(0, Syscall.kill(process.Id, signal));

        Assert.Equal(-1, process.StandardOutput.BaseStream.ReadByte());
        await process.WaitForExitAsync(running);
        Assert.Equal(ExitCode.Interrupted, process.ExitCode);
        Assert.Equal(hasFrame, File.Exists(report));
        if (hasFrame)
        {
            Assert.Contains("\"frames\": 1,", await File.ReadAllTextAsync(report, running));
        }
    }

    /// <summary>
    /// Catches headers that ffmpeg writes and this command refuses, or the reverse, and colours that are not those of
    /// ffmpeg.
    /// </summary>
    [Theory]
    [InlineData("sr4", "yuv420p", "yuv444p,unknown", 4)]
    [InlineData("sr4", "yuvj420p", "yuv444p,pc", 4)]
    [InlineData("deblur", "yuv422p", "yuv444p,tv", 1)]
    [InlineData("deblur", "gray", "gray,pc", 1)]
    [InlineData("color-sr2", "gray", "yuv444p,tv", 2)]
    public void Ffmpeg_writes_and_reads_the_frames(string task, string format, string expectedFormat, int scale)
    {
        Assert.SkipUnless(Shell("command -v ffmpeg >/dev/null && echo yes").Output.Trim() == "yes", "no ffmpeg on PATH");
        const string Source = "-f lavfi -i testsrc2=size=48x32:rate=25:duration=0.2";
        string quiet = "-nostdin -hide_banner -loglevel error";

        (string output, string error) = Shell(
            $"ffmpeg {quiet} {Source} -pix_fmt {format} -strict -1 -f yuv4mpegpipe - | " +
            $"'PROGRAM' stream --task {task} --device cpu --quiet | tee '{_directory.File("restored.y4m")}' | " +
            $"ffmpeg {quiet} -f yuv4mpegpipe -i - -map 0:v -f framecrc -", "");

        Assert.Equal("", error);
        Assert.Equal(5, output.Split('\n').Count(line => line.StartsWith("0,", StringComparison.Ordinal)));
        Assert.Contains($"#dimensions 0: {48 * scale}x{32 * scale}", output);
        (string probed, _) = Shell(
            "ffprobe -v error -show_entries stream=pix_fmt,color_range,avg_frame_rate -of csv=p=0 " +
            $"'{_directory.File("restored.y4m")}'");
        Assert.Equal($"{expectedFormat},25/1", probed.Trim());

        // ffmpeg's own conversion of the restored frames, and ours.
        Shell($"ffmpeg {quiet} -i '{_directory.File("restored.y4m")}' -pix_fmt rgb24 -f rawvideo '{_directory.File("rgb")}'");
        byte[] theirs = File.ReadAllBytes(_directory.File("rgb"));
        using FileStream file = File.OpenRead(_directory.File("restored.y4m"));
        Y4mReader reader = Y4mReader.Open(file);
        float[] values = new float[reader.Shape.Count];
        Assert.True(reader.Advance());
        reader.Decode(values);
        int size = reader.Shape.PlaneSize;
        double sum = 0;
        for (int i = 0; i < 3 * size; i++)
        {
            float ours = values[(reader.Shape.C == 3 ? i % 3 : 0) * size + i / 3];
            sum += Math.Abs(255 * Math.Clamp(ours, 0, 1) - theirs[i]);
        }

        Assert.InRange(sum / (3 * size), 0, 1);
    }

    private static string OptionName(RawFrameFormat format) => format == RawFrameFormat.Rgb24 ? "rgb24" : "gray8";

    private static (CommandLine Run, byte[] Output) Run(byte[] input, string task, string[] options)
    {
        using var output = new MemoryStream();
        var stdout = new StringWriter();
        var stderr = new StringWriter();
        var streams = new Streams(stdout, stderr)
        {
            OpenInput = () => new MemoryStream(input),
            OpenOutput = () => output,
        };
        int exitCode = Application.Run(
            ["stream", "--task", task, "--device", "cpu", .. options], streams, TestContext.Current.CancellationToken);
        return (new CommandLine(exitCode, stdout.ToString(), stderr.ToString()), output.ToArray());
    }

    /// <summary>Runs a command in a shell, and what follows it outside of its parentheses.</summary>
    private (string Output, string Error) Shell(string command, string after = "")
    {
        string text = $"({command}) {after}"
            .Replace("PROGRAM", ProgramPath(), StringComparison.Ordinal)
            .Replace("REPORT", _directory.File("report.json"), StringComparison.Ordinal)
            .Replace("CODE", _directory.File("code"), StringComparison.Ordinal);
        using Process process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", text])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (output, error.GetAwaiter().GetResult());
    }

    private static string ProgramPath()
    {
        string program = Path.Combine(AppContext.BaseDirectory, Program);
        Assert.SkipUnless(File.Exists(program) && File.Exists("/bin/sh"), "no shell");
        return program;
    }

    private static byte[] Y4m(string header, params byte[][] frames) =>
    [
        .. Encoding.ASCII.GetBytes($"YUV4MPEG2 {header}\n"),
        .. frames.SelectMany(frame => (byte[])[.. "FRAME\n"u8, .. frame]),
    ];

    private static byte[] Pixels(int count, int seed)
    {
        byte[] pixels = new byte[count];
        new Random(seed).NextBytes(pixels);
        return pixels;
    }
}
