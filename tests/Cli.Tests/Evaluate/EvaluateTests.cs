using System.Globalization;
using System.Text.Json;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Nn.Weights;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Cli.Tests;

/// <summary><c>evaluate</c> from end to end on pictures drawn by the test, and its input errors.</summary>
public sealed class EvaluateTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly string _pictures;

    public EvaluateTests() => _pictures = Drawings.WriteFolder(_directory.File("pictures"), count: 4);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Every_method_is_a_row_of_table_and_report()
    {
        string weights = Train("deblur", "--unroll", "2");
        string json = _directory.File("report.json");

        CommandLine run = Evaluate("deblur", "--limit", "2", "--iterations", "3", "--weights", weights, "--json", json);

        Assert.Equal(ExitCode.Done, run.ExitCode);
        using var report = JsonDocument.Parse(File.ReadAllText(json));
        JsonElement root = report.RootElement;
        Assert.Equal(2, root.GetProperty("images").GetInt32());
        JsonElement[] methods = [.. root.GetProperty("methods").EnumerateArray()];
        Assert.Equal(
            ["wiener", "tv", "network", "pnp", "admm"], methods.Select(method => method.GetProperty("name").GetString()));
        Assert.All(methods, method => Assert.Contains(method.GetProperty("name").GetString()!, run.Out));
        Assert.All(methods, method => Assert.InRange(method.GetProperty("psnr_rgb").GetDouble(), 5, 60));
        Assert.Equal([0, 3, 0, 3, 3], methods.Select(method => method.GetProperty("iterations").GetInt32()));
        Assert.Equal(3, methods[4].GetProperty("nmse_per_iteration").GetArrayLength());

        // Noise of 0.01 on values around 0.5, and what the prior smooths.
        Assert.All(methods, method => Assert.InRange(method.GetProperty("misfit").GetDouble(), 5e-3, 0.5));

        // The result must be the last iterate: an earlier or later one would differ.
        Assert.Equal(
            methods[4].GetProperty("psnr_rgb").GetDouble(),
            methods[4].GetProperty("psnr_per_iteration")[2].GetDouble(),
            tolerance: 1e-6);
    }

    /// <summary>
    /// Catches a network that is loaded and not used, a distance that is not one, and options for it that are ignored.
    /// </summary>
    [Fact]
    public void The_perceptual_distance_is_that_of_the_given_network()
    {
        string network = _directory.File("alexnet.safetensors");
        SafeTensorsFile.Save(network, WavyWeights.Of("alexnet"));
        string json = _directory.File("report.json");

        double late = Distance("--comparator", network)!.Value;
        double early = Distance("--comparator", network, "--feature-layers", "1")!.Value;
        Assert.InRange(late, 1e-4, 2);
        Assert.InRange(early, 1e-4, 2);
        Assert.NotEqual(late, early);
        Assert.Null(Distance("--comparator", "none"));

        Run("--comparator", "none", "--feature-layers", "1").AssertUsageError("--feature-layers", "--comparator FILE");
        Run("--comparator", network, "--feature-layers", "6").AssertUsageError("--feature-layers", "from 1 to 5");
        Run("--comparator", _directory.File("absent.onnx")).AssertUsageError("--comparator", "absent.onnx");

        CommandLine Run(params string[] more) =>
            Evaluate("sr4", ["--limit", "1", "--methods", "bicubic", "--json", json, .. more]);

        double? Distance(params string[] more)
        {
            Assert.Equal(ExitCode.Done, Run(more).ExitCode);
            using var report = JsonDocument.Parse(File.ReadAllText(json));
            JsonElement value = report.RootElement.GetProperty("methods")[0].GetProperty("perceptual");
            return value.ValueKind == JsonValueKind.Null ? null : value.GetDouble();
        }
    }

    [Fact]
    public void Each_rho_has_a_row_and_a_curve()
    {
        string weights = Train("sr4", "--unroll", "1");
        string json = _directory.File("report.json");

        CommandLine run = Evaluate(
            "sr4", "--limit", "2", "--methods", "admm", "--rho", "1e-3,0.1", "--iterations", "2", "--weights", weights,
            "--json", json, "--out", _directory.Path);

        Assert.Equal(ExitCode.Done, run.ExitCode);
        using var report = JsonDocument.Parse(File.ReadAllText(json));
        double[] rho = [.. report.RootElement.GetProperty("methods").EnumerateArray()
            .Select(method => method.GetProperty("parameters").GetProperty("rho").GetDouble())];
        Assert.Equal([1e-3, 0.1], rho);
        Assert.True(File.Exists(_directory.File("contact-sheet.png")));
        Assert.True(File.Exists(_directory.File("iterations.png")));
        Assert.True(File.Exists(_directory.File("iterates-admm-1.png")));
        Assert.True(File.Exists(_directory.File("iterates-admm-2.png")));
    }

    [Fact]
    public void The_z_solver_does_not_change_the_result()
    {
        string weights = Train("color-sr2", "--unroll", "1");

        double exact = Psnr("auto");
        double iterative = Psnr("cg");

        Assert.Equal(exact, iterative, tolerance: 1e-3);

        double Psnr(string solver)
        {
            string json = _directory.File(solver + ".json");
            CommandLine run = Evaluate(
                "color-sr2", "--limit", "2", "--methods", "admm", "--z-solver", solver, "--weights", weights, "--json",
                json);
            Assert.Equal(ExitCode.Done, run.ExitCode);
            using var report = JsonDocument.Parse(File.ReadAllText(json));
            return report.RootElement.GetProperty("methods")[0].GetProperty("psnr_rgb").GetDouble();
        }
    }

    [Fact]
    public void A_denoiser_gets_the_schedule_that_is_best_on_other_pictures()
    {
        string denoiser = Train("deblur", "--unroll", "0", "--steps", "30");
        (double tuned, JsonElement parameters) = Run();
        (double worse, JsonElement given) = Run("--lambda", "1e-7", "--levels", "0.2:0.2");

        // The pictures to tune on are drawn like those reported.
        DenoisingSchedule usual = ImageTasks.Deblurring.Denoising;
        (double before, _) = Run(
            "--lambda", Number(usual.Lambda), "--levels", $"{Number(usual.First)}:{Number(usual.Last)}");
        Assert.True(tuned > before + 0.1, $"{tuned} dB, without the search {before}");
        Assert.True(before > worse + 0.1, $"{before} dB, with the options {worse}");
        Assert.Equal(1e-7, given.GetProperty("lambda").GetDouble());
        Assert.Equal(0.2, given.GetProperty("sigma_first").GetDouble());
        (double again, _) = Run(
            "--lambda", Text(parameters, "lambda"), "--levels",
            $"{Text(parameters, "sigma_first")}:{Text(parameters, "sigma_last")}");
        Assert.Equal(tuned, again, 1e-9);

        (double, JsonElement) Run(params string[] more)
        {
            string json = _directory.File("report.json");
            CommandLine run = Evaluate(
                "deblur", ["--limit", "2", "--methods", "admm", "--iterations", "2", "--weights", denoiser, "--json", json,
                    .. more]);
            Assert.True(run.ExitCode == ExitCode.Done, run.Error);
            using var report = JsonDocument.Parse(File.ReadAllText(json));
            JsonElement method = report.RootElement.GetProperty("methods")[0];
            Assert.Equal("admm", method.GetProperty("name").GetString());
            Assert.Equal(2, method.GetProperty("psnr_per_iteration").GetArrayLength());
            return (method.GetProperty("psnr_rgb").GetDouble(), method.GetProperty("parameters").Clone());
        }

        static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

        static string Text(JsonElement parameters, string name) => parameters.GetProperty(name).GetRawText();
    }

    /// <summary>Catches an inverse that is trained for the wrong scale, and a file that keeps one of several ρ.</summary>
    [Fact]
    public void Inverses_for_several_rho_replace_the_exact_update()
    {
        const string Task = "color-sr2";
        string weights = Train(Task, "--unroll", "1");
        string[] inverses = [_directory.File("a"), _directory.File("b")];
        string[][] rho = [["0.05", "0.2"], ["0.8"]];
        for (int i = 0; i < 2; i++)
        {
            CommandLine run = CommandLine.Run(
                "train", "inverse", "--task", Task, "--rho", string.Join(',', rho[i]), "--steps", "300", "--weights",
                inverses[i], "--device", "cpu", "--quiet");
            Assert.True(run.ExitCode == ExitCode.Done, run.Error);
        }

        double[] exact = Psnr("auto");
        string[] given = ["--inverse", inverses[0], "--inverse", inverses[1]];
        double[] learned = Psnr("learned-linear", given);
        double[] errors = Errors();
        Assert.Equal(JsonValueKind.Null, Methods()[0].GetProperty("certificate").ValueKind);
        Psnr("learned-linear", [.. given, "--refine", "2"]);
        double[] refined = Errors();
        Psnr("learned-linear", [.. given, "--certificate"]);
        JsonElement[] certified = Methods();

        Assert.Equal(3, exact.Length);
        Assert.True(exact.Distinct().Count() == 3);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(exact[i], learned[i], 0.02);
            Assert.InRange(refined[i], 0, errors[i] / 10);

            // The guard helps where the error is above 1e-3, in each of 2 × 3 z-updates, and then it is not.
            double error = certified[i].GetProperty("z_error_per_iteration").EnumerateArray().Max(value => value.GetDouble());
            Assert.InRange(certified[i].GetProperty("certificate").GetDouble(), error, 1e-3);
            Assert.InRange(certified[i].GetProperty("guarded_steps").GetInt32(), errors[i] > 1e-3 ? 1 : 0, 6);
        }

        JsonElement[] Methods()
        {
            using var report = JsonDocument.Parse(File.ReadAllText(_directory.File("report.json")));
            return [.. report.RootElement.GetProperty("methods").EnumerateArray().Select(method => method.Clone())];
        }

        double[] Errors() =>
            [.. Methods().Select(method => method.GetProperty("z_error_per_iteration")[2].GetDouble())];

        double[] Psnr(string solver, params string[] more)
        {
            string json = _directory.File("report.json");
            CommandLine run = Evaluate(
                Task, ["--limit", "2", "--methods", "admm", "--iterations", "3", "--rho", "0.05,0.2,0.8", "--z-solver",
                    solver, "--weights", weights, "--json", json, .. more]);
            Assert.True(run.ExitCode == ExitCode.Done, run.Error);
            using var report = JsonDocument.Parse(File.ReadAllText(json));
            return [.. report.RootElement.GetProperty("methods").EnumerateArray()
                .Select(method => method.GetProperty("psnr_rgb").GetDouble())];
        }
    }

    [Fact]
    public void What_cannot_be_evaluated_is_refused()
    {
        string weights = Train("sr4", "--unroll", "1");
        string damaged = _directory.File("damaged.safetensors");
        File.WriteAllBytes(damaged, File.ReadAllBytes(weights)[..5000]);

        Evaluate("deblur", "--weights", weights).AssertUsageError("sr4", "deblur");
        Evaluate("sr4", "--refine", "1", "--z-solver", "fft").AssertUsageError("--refine", "--z-solver learned");
        Evaluate("sr4", "--weights", damaged).AssertUsageError("damaged.safetensors");
        Evaluate("sr4", "--weights", _directory.File("absent")).AssertUsageError("absent");
        Evaluate("sr4", "--weights", weights, "--kernel", "gaussian:5:1")
            .AssertUsageError("gaussian:5:1", "gaussian:3:1");
        Evaluate("sr4", "--rho", "0.1,-1").AssertUsageError("--rho", "above 0");
        Evaluate("sr4", "--weights", weights, "--methods", "admm", "--z-solver", "learned")
            .AssertUsageError("--z-solver", "train an inverse");
        Evaluate("mnist-sr4").AssertUsageError("grey");
        Evaluate("sr4", "--methods", "magic").AssertUsageError("--methods", "bicubic, wiener, tv, network, pnp, admm");
        Evaluate("deblur", "--methods", "bicubic").AssertUsageError("--methods", "bicubic");
        Evaluate("sr4", "--data", _directory.File("nowhere")).AssertUsageError("nowhere");
    }

    [Fact]
    public void A_grey_picture_among_colour_ones_is_skipped_by_name()
    {
        SampleFiles.WritePicture(Path.Combine(_pictures, "grey.png"), 9, 40, 44);

        CommandLine run = Evaluate("color-sr2", "--methods", "bicubic");

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("grey.png", run.Error);
        Assert.Contains("4 images", run.Out);
    }

    /// <summary>Catches damaged images that end the run, that --quiet hides, or that pass with exit code 0.</summary>
    [Fact]
    public void Damaged_images_are_named_and_the_others_evaluated()
    {
        File.WriteAllText(Path.Combine(_pictures, "damaged.png"), "no picture");
        File.WriteAllText(Path.Combine(_pictures, "more.png"), "");
        string report = _directory.File("report.json");

        CommandLine run = Evaluate("sr4", "--methods", "bicubic", "--quiet", "--json", report);

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("damaged.png", run.Error);
        Assert.Contains("more.png", run.Error);
        Assert.Equal("error: 2 images were skipped; the reasons are above", run.LastErrorLine);
        Assert.Contains("\"images\": 4", File.ReadAllText(report));
    }

    /// <summary>Catches a mean of MS-SSIM over a part of the images that passes for one over all of them.</summary>
    [Fact]
    public void The_table_says_of_how_many_images_MS_SSIM_is_the_mean()
    {
        Assert.DoesNotContain("MS-SSIM of", Evaluate("sr4", "--methods", "bicubic").Out);
        Directory.Move(Drawings.WriteFolder(_directory.File("large"), count: 1, 176, 180), Path.Combine(_pictures, "large"));
        string json = _directory.File("report.json");

        CommandLine run = Evaluate("sr4", "--methods", "bicubic", "--json", json);

        Assert.Contains("5 images", run.Out);
        Assert.Contains("MS-SSIM of the 1 image with at least 176 pixels a side", run.Out);
        using var report = JsonDocument.Parse(File.ReadAllText(json));
        JsonElement method = report.RootElement.GetProperty("methods")[0];
        Assert.Equal(1, method.GetProperty("ms_ssim_images").GetInt32());
        Assert.InRange(method.GetProperty("ms_ssim").GetDouble(), 0.1, 1);
    }

    private string Train(string task, params string[] more)
    {
        string weights = _directory.File($"{task}.safetensors");
        CommandLine run = CommandLine.Run(
        [
            "train", "prior", "--task", task, "--data", _pictures, "--weights", weights, "--crop", "32", "--batch", "2",
            .. more.Contains("--steps") ? (string[])[] : ["--steps", "2"], "--device", "cpu", "--threads", "1", .. more,
        ]);
        Assert.Equal(ExitCode.Done, run.ExitCode);
        return weights;
    }

    [Fact]
    public void A_trained_denoiser_is_a_method_of_every_colour_task_and_restores()
    {
        string weights = _directory.File("denoiser.safetensors");
        CommandLine run = CommandLine.Run(
            "train", "denoiser", "--data", _pictures, "--weights", weights, "--crop", "32", "--batch", "2", "--steps", "40",
            "--device", "cpu", "--threads", "1");
        Assert.True(run.ExitCode == ExitCode.Done, run.Error);
        foreach (string task in (string[])["sr4", "deblur", "color-sr2"])
        {
            string json = _directory.File("report.json");
            run = Evaluate(
                task, "--limit", "2", "--methods", "pnp", "--iterations", "2", "--denoiser", weights, "--levels", "0.1:0.02",
                "--json", json);
            Assert.True(run.ExitCode == ExitCode.Done, run.Error);
            using var report = JsonDocument.Parse(File.ReadAllText(json));
            JsonElement method = report.RootElement.GetProperty("methods")[0];
            Assert.Equal("pnp", method.GetProperty("name").GetString());
            Assert.Equal(2, method.GetProperty("psnr_per_iteration").GetArrayLength());
            Assert.Equal(0.02, method.GetProperty("parameters").GetProperty("sigma_last").GetDouble());
        }

        string[] restore =
        [
            "restore", Directory.EnumerateFiles(_pictures).First(), "--task", "deblur", "--out", _directory.File("restored"),
            "--device", "cpu",
        ];
        run = CommandLine.Run([.. restore, "--prior", "denoiser", "--denoiser", weights, "--lambda", "1e-4"]);
        Assert.True(run.ExitCode == ExitCode.Done, run.Error);
        CommandLine.Run([.. restore, "--lambda", "1e-4"]).AssertUsageError("--prior denoiser");
        CommandLine.Run([.. restore, "--denoiser", weights]).AssertUsageError("--prior denoiser");
        Evaluate("sr4", "--methods", "pnp", "--denoiser", Train("sr4", "--unroll", "1")).AssertUsageError("--weights");
        Evaluate("sr4", "--levels", "0.1").AssertUsageError("--levels");
    }

    private CommandLine Evaluate(string task, params string[] more)
    {
        string[] data = more.Contains("--data") ? [] : ["--data", _pictures];
        return CommandLine.Run(["evaluate", "--task", task, .. data, "--device", "cpu", "--threads", "1", .. more]);
    }
}
