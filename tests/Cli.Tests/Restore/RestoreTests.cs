using System.Text.Json;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Tests.Shared;
using SkiaSharp;

namespace InfAdmm.Cli.Tests;

/// <summary><c>restore</c> from file to file, and its input errors.</summary>
public sealed class RestoreTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Out => _directory.File("out");

    public void Dispose() => _directory.Dispose();

    /// <summary>Catches a wrong bit depth, a wrong size or a lost alpha channel in the output.</summary>
    [Theory]
    [InlineData("sr4", 0, 1)]
    [InlineData("sr4", 2, 3)]
    [InlineData("sr4", 4, 2)]
    [InlineData("sr4", 6, 4)]
    [InlineData("deblur", 2, 3)]
    [InlineData("deblur", 6, 4)]
    [InlineData("color-sr2", 0, 1)]
    [InlineData("mnist-sr4", 0, 1)]
    public void Depth_channels_and_alpha_are_kept(string task, byte colourType, int samples)
    {
        string deep = _directory.File("deep.png");
        File.WriteAllBytes(deep, PngWriter.Write16(
            12, 10, colourType, samples, (y, x, c) => (ushort)(20_000 + 900 * y + 500 * x + 4_000 * c)));
        string shallow = _directory.File("shallow.webp");
        WriteWebp(shallow, 12, 10, hasAlpha: samples % 2 == 0, isGrey: samples < 3);

        CommandLine run = Restore(task, deep, shallow);

        Assert.Equal(ExitCode.Done, run.ExitCode);
        int scale = ImageTasks.Find(task).Stride;
        Picture measured = ImageFile.ReadPicture(deep);
        Picture restored = ImageFile.ReadPicture(Path.Combine(Out, "deep.png"));
        Assert.True(restored.IsDeep);
        int channels = task == "color-sr2" ? 3 : measured.Image.Shape.C;
        Assert.Equal(new Shape(1, channels, 10 * scale, 12 * scale), restored.Image.Shape);
        Assert.Equal(samples % 2 == 0, restored.Alpha is not null);
        if (restored.Alpha is not null)
        {
            // Alpha stays on the pixels where it was measured.
            Assert.Equal(measured.Alpha![12 * 5 + 7], restored.Alpha[12 * scale * 5 * scale + 7 * scale], 1e-4);
        }

        Picture second = ImageFile.ReadPicture(Path.Combine(Out, "shallow.png"));
        Assert.False(second.IsDeep);
        Assert.Equal(restored.Image.Shape, second.Image.Shape);
        Assert.Equal(samples % 2 == 0, second.Alpha is not null);
    }

    /// <summary>Catches a tolerance without effect, and one that does not stop by the residuals.</summary>
    [Fact]
    public void A_tolerance_stops_the_loop()
    {
        // The loop of an untrained prior does not converge, nor does one in a margin that is larger than the picture: these
        // are the built-in weights, and a picture of usual proportions.
        string file = Path.Combine(Drawings.WriteFolder(_directory.File("drawn"), count: 1, 200, 220), "0.png");

        int loose = Iterations("--tolerance", "0.8");
        int tight = Iterations("--tolerance", "0.3");

        Assert.InRange(loose, 1, tight - 1);
        Assert.InRange(tight, loose + 1, 99);
        Assert.Equal(loose + 1, Iterations("--tolerance", "1e-9", "--iterations", $"{loose + 1}"));
        Assert.Equal(4, Iterations());

        int Iterations(params string[] more)
        {
            string json = _directory.File("report.json");
            CommandLine run = CommandLine.Run(
                ["restore", file, "--task", "deblur", "--out", Out, "--device", "cpu", "--json", json, .. more]);
            Assert.True(run.ExitCode == ExitCode.Done, run.Error);
            using var report = JsonDocument.Parse(File.ReadAllText(json));
            return report.RootElement.GetProperty("files")[0].GetProperty("iterations").GetInt32();
        }
    }

    /// <summary>Catches a bad file that ends the run, is not named, or leaves half a picture behind.</summary>
    [Fact]
    public void Bad_files_are_reported_and_the_others_restored()
    {
        string good = WritePng("good.png", new Shape(1, 3, 8, 8));
        string last = WritePng("last.png", new Shape(1, 1, 9, 7));
        string truncated = _directory.File("truncated.png");
        File.WriteAllBytes(truncated, File.ReadAllBytes(WritePng("whole.png", new Shape(1, 3, 64, 64)))[..^40]);
        string text = _directory.File("text.png");
        File.WriteAllText(text, "no picture");
        string single = WritePng("single.png", new Shape(1, 1, 1, 1));
        string missing = _directory.File("missing.png");
        string json = _directory.File("report.json");

        CommandLine run = Restore(
            "sr4", good, truncated, text, single, missing, _directory.Path, last, "--json", json, "--quiet");

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.StartsWith("error: 5 of 7 files", run.LastErrorLine);
        foreach (string bad in new[] { truncated, text, single, missing, _directory.Path })
        {
            Assert.Single(run.Error.Split('\n'), line =>
                line.StartsWith("error: ", StringComparison.Ordinal)
                && line.Contains($"'{bad}'", StringComparison.Ordinal));
        }

        Assert.DoesNotContain("   at ", run.Error);
        Assert.Equal(
            ["good.png", "last.png", "report.html"], Directory.GetFiles(Out).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        using var report = JsonDocument.Parse(File.ReadAllText(json));
        JsonElement root = report.RootElement;
        Assert.Equal("restore", root.GetProperty("command").GetString());
        Assert.Equal("sr4", root.GetProperty("task").GetString());
        JsonElement files = root.GetProperty("files");
        Assert.Equal(7, files.GetArrayLength());
        Assert.Equal(32, files[0].GetProperty("width").GetInt32());
        Assert.Equal(2, files[0].GetProperty("iterations").GetInt32());
        Assert.Equal(JsonValueKind.Null, files[0].GetProperty("error").ValueKind);
        Assert.Contains("truncated", files[1].GetProperty("error").GetString());
        Assert.Equal(JsonValueKind.Null, files[1].GetProperty("output").ValueKind);
        Assert.Equal(36, files[6].GetProperty("height").GetInt32());
    }

    /// <summary>Catches colour that is converted to grey silently.</summary>
    [Fact]
    public void A_colour_measurement_is_refused_where_it_is_grey()
    {
        string file = WritePng("colour.png", new Shape(1, 3, 8, 8));

        CommandLine run = Restore("color-sr2", file);

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains($"'{file}'", run.LastErrorLine);
        Assert.Contains("grey", run.LastErrorLine);
        Assert.False(Directory.Exists(Out));
    }

    /// <summary>Catches a result that overwrites another result or its own measurement.</summary>
    [Fact]
    public void Nothing_is_overwritten()
    {
        Directory.CreateDirectory(_directory.File("other"));
        string file = WritePng("a.png", new Shape(1, 3, 8, 8));
        string twin = WritePng(Path.Combine("other", "a.png"), new Shape(1, 3, 8, 8));
        byte[] before = File.ReadAllBytes(file);

        Restore("sr4", file, twin).AssertUsageError("a.png", "--out");
        Assert.False(Directory.Exists(Out));
        CommandLine.Run("restore", file, "--task", "sr4", "--weights", Weights("sr4"), "--out", _directory.Path)
            .AssertUsageError("--out", "overwritten");
        Assert.Equal(before, File.ReadAllBytes(file));
    }

    /// <summary>Catches options that fail during the run, or with a message that does not say what to do.</summary>
    [Fact]
    public void Unusable_options_end_the_run_before_it_starts()
    {
        string file = WritePng("a.png", new Shape(1, 1, 8, 8));
        CommandLine.Run("restore", file, "--task", "sr4", "--weights", Weights("sr4")).AssertUsageError("--out");
        Restore("sr4", file, "--kernel", "gaussian:5:1").AssertUsageError("gaussian:5:1", "train prior");
        Restore("sr4", file, "--kernel", _directory.File("no.csv")).AssertUsageError("no.csv");
        Restore("deblur", file, "--z-solver", "scalar").AssertUsageError("scalar");
        Restore("sr4", file, "--z-solver", "learned").AssertUsageError("no weights");
        Restore("deblur", file, "--refine", "2", "--z-solver", "pcg-learned").AssertUsageError("--refine", "learned-local");
        Restore("deblur", file, "--inverse", "absent", "--z-solver", "fft").AssertUsageError("--inverse", "pcg-learned");
        Restore("deblur", file, "--inverse", "absent").AssertUsageError("absent", "cannot be read");
        Restore("deblur", file, "--z-solver", "pcg-learned").AssertUsageError("pcg-learned", "train an inverse");
        Restore("sr4", file, "--tile", "-1").AssertUsageError("--tile");
        Restore("sr4", file, "--edges", "unknown").AssertUsageError("--edges", "no unknown edges");
        Restore("deblur", file, "--edges", "taper").AssertUsageError("--edges", "unknown, mirrored");
        Restore("deblur", file, "--edges", "unknown", "--z-solver", "fft").AssertUsageError("--edges", "fft", "mirrored edges");
        Restore("sr4", file, "--style", "sharp").AssertUsageError("--style sharp", "leave out --weights");
        BuiltIn("sr4", file, "--style", "sharp", "--network", "paper").AssertUsageError("--style sharp", "leave out --network");
        BuiltIn("sr4", file, "--style", "sharp", "--prior", "denoiser").AssertUsageError("--style sharp", "--prior denoiser");
        BuiltIn("sr4", file, "--style", "sharp", "--kernel", "gaussian:5:1").AssertUsageError("leave out what", "--loss adversarial");
        BuiltIn("deblur", file, "--style", "sharp").AssertUsageError("no built-in sharp prior", "--loss adversarial", "--weights");
        RestoreWith(Weights("deblur"), "sr4", file).AssertUsageError("trained for the task deblur");
        RestoreWith(_directory.File("no.safetensors"), "sr4", file).AssertUsageError("no.safetensors");
        RestoreWith(file, "sr4", file).AssertUsageError(file);
        Assert.False(Directory.Exists(Out));
    }

    /// <summary>
    /// Catches deblurring that ignores the given kernel, or gives no note that the prior was trained for another.
    /// </summary>
    [Fact]
    public void Deblurring_with_another_kernel_is_done_with_a_note()
    {
        string file = WritePng("a.png", new Shape(1, 3, 16, 20));
        string kernel = _directory.File("kernel.csv");
        File.WriteAllText(kernel, "0,0.5,0\n0,0.5,0\n0,0,0\n");

        CommandLine usual = Restore("deblur", file);
        byte[] first = File.ReadAllBytes(Path.Combine(Out, "a.png"));
        CommandLine other = Restore("deblur", file, "--kernel", kernel);

        Assert.Equal(ExitCode.Done, usual.ExitCode);
        Assert.Equal(ExitCode.Done, other.ExitCode);
        Assert.DoesNotContain("train prior", usual.Error);
        Assert.Contains($"train prior --task deblur --kernel {kernel}", other.Error);
        Assert.NotEqual(first, File.ReadAllBytes(Path.Combine(Out, "a.png")));
    }

    /// <summary>
    /// Catches edges and certificates that are ignored, or missing in the report, and a margin that is mirrored without a
    /// note.
    /// </summary>
    [Fact]
    public void Edges_and_certificates_are_those_asked_for()
    {
        string file = WritePng("a.png", new Shape(1, 3, 16, 20));

        (CommandLine usual, byte[] unknown) = Run();
        (CommandLine fft, byte[] mirrored) = Run("--z-solver", "fft");
        (CommandLine chosen, byte[] mirroredToo) = Run("--edges", "mirrored", "--certificate");

        Assert.NotEqual(unknown, mirrored);
        Assert.Equal(mirrored, mirroredToo);
        Assert.Equal(unknown, Run("--edges", "unknown", "--certificate").Picture);
        Assert.DoesNotContain("mirrored", usual.Error);
        Assert.Contains("the margin is mirrored", fft.Error);
        Assert.DoesNotContain("the margin is mirrored", chosen.Error);
        Assert.DoesNotContain("z error", usual.Out);
        CommandLine certified = Run("--certificate").Run;
        Assert.Contains("z error at most", certified.Out);
        JsonElement first = Reported();
        Assert.InRange(first.GetProperty("certificate").GetDouble(), 1e-7, 1e-2);
        Assert.Equal(2, first.GetProperty("z_updates").GetInt32());
        Assert.Equal(JsonValueKind.Null, first.GetProperty("guarded_steps").ValueKind);
        Run();
        Assert.Equal(JsonValueKind.Null, Reported().GetProperty("certificate").ValueKind);

        (CommandLine Run, byte[] Picture) Run(params string[] more)
        {
            CommandLine run = Restore("deblur", [file, "--json", _directory.File("report.json"), .. more]);
            Assert.True(run.ExitCode == ExitCode.Done, run.Error);
            return (run, File.ReadAllBytes(Path.Combine(Out, "a.png")));
        }

        JsonElement Reported()
        {
            using var report = JsonDocument.Parse(File.ReadAllText(_directory.File("report.json")));
            return report.RootElement.GetProperty("files")[0].Clone();
        }
    }

    /// <summary>Catches a result without the ICC profile of its picture.</summary>
    [Fact]
    public void The_icc_profile_is_kept()
    {
        byte[] profile = new byte[200];
        "RGB "u8.CopyTo(profile.AsSpan(16));
        var shape = new Shape(1, 1, 8, 8);
        string file = _directory.File("grey.png");
        float[] values = [.. Enumerable.Range(0, 64).Select(i => i / 64f)];
        ImageFile.Write(file, values, shape, iccProfile: profile);

        Assert.Equal(ExitCode.Done, Restore("sr4", file).ExitCode);

        Picture restored = ImageFile.ReadPicture(Path.Combine(Out, "grey.png"));
        Assert.Equal(profile, restored.IccProfile);
        Assert.Equal(new Shape(1, 1, 32, 32), restored.Image.Shape);
    }

    /// <summary>Catches the black of invisible pixels that leaks into visible ones.</summary>
    [Fact]
    public void Invisible_pixels_leave_no_fringe()
    {
        // White on the left, and invisible black on the right.
        string file = _directory.File("cut-out.png");
        float[] values = [.. Enumerable.Range(0, 256).Select(i => i % 16 < 8 ? 1f : 0f)];
        var shape = new Shape(1, 1, 16, 16);
        ImageFile.Write(file, values, shape, alpha: values);
        string plain = _directory.File("plain.png");
        ImageFile.Write(plain, [.. Enumerable.Repeat(1f, 256)], shape);

        Assert.Equal(ExitCode.Done, Restore("sr4", file, plain).ExitCode);

        PlanarImage expected = ImageFile.Read(Path.Combine(Out, "plain.png"));
        Assert.Equal(expected.Values, ImageFile.Read(Path.Combine(Out, "cut-out.png")).Values);
    }

    /// <summary>Catches a damaged part of a file that is skipped silently.</summary>
    [Fact]
    public void A_missing_end_marker_is_noted()
    {
        string file = _directory.File("photo.jpg");
        using (var bitmap = new SKBitmap(new SKImageInfo(16, 16, SKColorType.Rgba8888, SKAlphaType.Opaque)))
        {
            bitmap.Erase(new SKColor(200, 100, 50));
            using SKData data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 100);
            File.WriteAllBytes(file, data.ToArray()[..^2]);
        }

        CommandLine run = Restore("sr4", file);

        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Contains($"'{file}': its end marker is missing", run.Error);
    }

    /// <summary>Catches a style that is read and not used, and a default that invents texture.</summary>
    [Theory]
    [InlineData("sr4", 3)]
    [InlineData("color-sr2", 1)]
    public void The_style_chooses_the_prior(string task, int channels)
    {
        string file = WritePng("a.png", new Shape(1, channels, 24, 32));
        byte[] usual = Restored();
        Assert.Equal(usual, Restored("--style", "faithful"));
        Assert.NotEqual(usual, Restored("--style", "sharp"));

        byte[] Restored(params string[] style)
        {
            CommandLine run = BuiltIn(task, [file, .. style, "--json", _directory.File("report.json")]);
            Assert.Equal(ExitCode.Done, run.ExitCode);
            Assert.Contains(
                $"models/prior-{task}-{(style.Contains("sharp") ? "sharp" : "default")}.safetensors",
                File.ReadAllText(_directory.File("report.json")));
            return File.ReadAllBytes(Path.Combine(Out, "a.png"));
        }
    }

    private CommandLine BuiltIn(string task, params string[] arguments) => CommandLine.Run(
        ["restore", .. arguments, "--task", task, "--out", Out, "--device", "cpu", "--threads", "1"]);

    private CommandLine Restore(string task, params string[] arguments) => RestoreWith(Weights(task), task, arguments);

    private CommandLine RestoreWith(string weights, string task, params string[] arguments) => CommandLine.Run(
    [
        "restore", .. arguments, "--task", task, "--weights", weights, "--out", Out, "--device", "cpu",
        "--threads", "1",
    ]);

    private string Weights(string name) => UntrainedPrior.WriteTo(_directory.File($"{name}.safetensors"), name);

    private string WritePng(string name, Shape shape)
    {
        string file = _directory.File(name);
        float[] values = [.. Enumerable.Range(0, (int)shape.Count).Select(i => (i * 37 + i / 11 * 50) % 256 / 255f)];
        ImageFile.Write(file, values, shape);
        return file;
    }

    private static void WriteWebp(string file, int width, int height, bool hasAlpha, bool isGrey)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        for (int i = 0; i < width * height; i++)
        {
            byte red = (byte)(80 + i);
            bitmap.SetPixel(i % width, i / width, new SKColor(
                red, isGrey ? red : (byte)60, isGrey ? red : (byte)90, (byte)(hasAlpha ? 255 - i : 255)));
        }

        using SKPixmap pixels = bitmap.PeekPixels()!;
        using SKData data = pixels.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 50))!;
        File.WriteAllBytes(file, data.ToArray());
    }
}
