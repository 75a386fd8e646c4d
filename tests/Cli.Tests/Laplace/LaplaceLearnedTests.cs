using System.Text.Json;
using InfAdmm.Nn.Weights;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Cli.Tests;

/// <summary>Learned solvers from the command line: built-in, trained earlier, and trained in the run.</summary>
public sealed class LaplaceLearnedTests
{
    private static readonly string[] Operator = ["--kernel", "gaussian:5:1", "--stride", "2", "--rho", "0.1"];

    [Fact]
    public void Refinement_does_not_worsen_the_learned_solvers()
    {
        string[] options = ["--size", "64", "--preset", "sparse", "--iterations", "5"];
        using LaplaceOutcome plain = LaplaceOutcome.Run(options);
        using LaplaceOutcome refined = LaplaceOutcome.Run([.. options, "--refine", "1"]);
        Assert.Equal(1, refined.Problem.GetProperty("refine").GetInt32());
        foreach (string learned in new[] { "learned", "learned-linear" })
        {
            double before = plain.Number(learned, "z_relative_error");
            double after = refined.Number(learned, "z_relative_error");
            Assert.True(after <= Math.Max(before / 2, 1e-6), $"{learned}: {before} became {after}");
        }
    }

    [Fact]
    public void Without_weights_the_learned_solvers_are_skipped_with_the_command_that_trains_them()
    {
        using LaplaceOutcome run = LaplaceOutcome.Run("--size", "64", "--iterations", "2", "--rho", "0.5");
        Assert.Equal(
            ["scalar", "pcg-circulant", "pcg-local", "pcg-learned", "learned", "learned-linear", "local"], run.Skipped);
        const string Command = "infadmm train inverse --kernel gaussian:9:1.5 --stride 4 --rho 0.5 --architecture";
        Assert.Contains($"{Command} paper --weights FILE", run.Reason("learned"));
        Assert.Contains($"{Command} linear --weights FILE", run.Reason("learned-linear"));
        Assert.Contains("use fft", run.Reason("pcg-learned"));
        using LaplaceOutcome masked = LaplaceOutcome.Run(
            "--size", "64", "--iterations", "2", "--rho", "2", "--operator", "masked", "--boundary", "zero");
        Assert.Contains(
            "infadmm train inverse --operator masked --kernel gaussian:9:1.5 --stride 4 --boundary zero --rho 2 " +
            "--architecture local --weights FILE", masked.Reason("learned-local"));
    }

    /// <summary>
    /// Catches filters that are trained for another operator than they are stored for, a range of ρ that is lost, and a
    /// report without the control.
    /// </summary>
    [Fact]
    public void Filters_are_trained_for_an_operator_and_a_range_of_rho()
    {
        using var directory = new TemporaryDirectory();
        string file = directory.File("filters.safetensors");
        string[] train =
        [
            "train", "inverse", "--architecture", "local", "--operator", "varying", "--stride", "3", "--rho", "0.05,0.5",
            "--steps", "20", "--weights", file, "--json", "-", "--quiet", "--device", "cpu",
        ];
        CommandLine trained = CommandLine.Run(train);
        Assert.True(trained.ExitCode == ExitCode.Done, trained.Error);
        using var report = JsonDocument.Parse(trained.Out);
        Assert.Equal("local", report.RootElement.GetProperty("architecture").GetString());
        JsonElement[] inverses = [.. report.RootElement.GetProperty("inverses").EnumerateArray()];
        Assert.Equal([0.05, 0.5], inverses.Select(inverse => inverse.GetProperty("rho").GetDouble()));
        Assert.All(inverses, inverse => Assert.InRange(
            inverse.GetProperty("noise_error").GetDouble(), 0, inverse.GetProperty("scalar_noise_error").GetDouble()));
        Assert.All(inverses, inverse => Assert.InRange(inverse.GetProperty("analytic_noise_error").GetDouble(), 0, 1));
        string[] operation =
        [
            "--size", "96", "--stride", "3", "--operator", "varying", "--rho", "0.2", "--iterations", "3", "--weights",
            file,
        ];
        using LaplaceOutcome run = LaplaceOutcome.Run([.. operation, "--solvers", "pcg-learned,learned-local,cg"]);
        Assert.InRange(run.Number("pcg-learned", "z_relative_error"), 0, 1e-5);
        Assert.InRange(run.Number("learned-local", "z_relative_error"), 0, 0.3);
        using LaplaceOutcome auto = LaplaceOutcome.Run([.. operation, "--solvers", "auto"]);
        Assert.InRange(auto.Number(Assert.Single(auto.Solvers), "z_relative_error"), 0, 1e-4);
    }

    /// <summary>Catches options that train for another problem than they say.</summary>
    [Theory]
    [InlineData("--operator masked --kernel gaussian:3:1 --stride 1", "--architecture local")]
    [InlineData("--architecture local --operator varying --kernel gaussian:3:1 --stride 1", "--kernels")]
    [InlineData("--architecture local --operator varying", "--stride")]
    [InlineData("--architecture local --kernels field --kernel gaussian:3:1 --stride 1", "--operator varying")]
    [InlineData("--architecture local --channels 3 --kernel gaussian:3:1 --stride 1", "--channels")]
    [InlineData("--kernels field --kernel gaussian:3:1 --stride 1", "--operator varying")]
    public void Filters_need_an_operator_that_fits(string options, string named)
    {
        using var directory = new TemporaryDirectory();
        CommandLine.Run(
            ["train", "inverse", "--rho", "1", "--steps", "1", "--weights", directory.File("f"), .. options.Split(' ')])
            .AssertUsageError(named);
        Assert.False(File.Exists(directory.File("f")));
    }

    [Fact]
    public void Retraining_makes_weights_that_the_run_uses()
    {
        using LaplaceOutcome run = LaplaceOutcome.Run(
        [
            "--size", "64", "--iterations", "3", "--retrain", "--train-seconds", "2", "--solvers",
            "learned-linear,fft", .. Operator,
        ]);
        Assert.Equal(["learned-linear", "fft"], run.Solvers);
        Assert.InRange(run.Number("learned-linear", "z_relative_error"), 0, 0.5);
    }

    [Theory]
    [InlineData("linear", "learned-linear")]
    [InlineData("paper", "learned")]
    public void Trained_weights_serve_laplace_and_come_out_the_same_again(string architecture, string solver)
    {
        using var directory = new TemporaryDirectory();
        string file = directory.File("a.safetensors");
        JsonElement report = Train(file, architecture, "0", "1");
        JsonElement trained = Assert.Single(report.GetProperty("inverses").EnumerateArray());
        Assert.Equal(30, trained.GetProperty("steps").GetInt32());
        Assert.InRange(trained.GetProperty("noise_error").GetDouble(), 0, 1);

        Train(directory.File("b.safetensors"), architecture, "0", "1");
        Train(directory.File("c.safetensors"), architecture, "1", "1");
        Dictionary<string, float[]> first = Arrays(file);
        Dictionary<string, float[]> second = Arrays(directory.File("b.safetensors"));
        Dictionary<string, float[]> other = Arrays(directory.File("c.safetensors"));
        Assert.Equal(first.Keys.Order(), second.Keys.Order());
        Assert.All(first, array => Assert.Equal(array.Value, second[array.Key]));
        Assert.NotEqual(first["expand0.weight"], other["expand0.weight"]);

        using LaplaceOutcome run = LaplaceOutcome.Run(
            ["--size", "32", "--iterations", "2", "--weights", file, .. Operator]);
        Assert.Contains(solver, run.Solvers);
        Assert.InRange(run.Number(solver, "z_relative_error"), 1e-9, 1);

        // The built-in weights are then ignored.
        using LaplaceOutcome preset = LaplaceOutcome.Run("--size", "32", "--iterations", "2", "--weights", file);
        Assert.Contains(solver, preset.Skipped);
    }

    [Fact]
    public void Weights_of_three_channels_are_passed_over_for_one()
    {
        using var directory = new TemporaryDirectory();
        string file = directory.File("colour.safetensors");
        Train(file, "paper", "0", "3");
        using LaplaceOutcome run = LaplaceOutcome.Run(
            ["--size", "32", "--iterations", "2", "--weights", file, .. Operator]);
        Assert.Contains("learned", run.Skipped);
    }

    [Fact]
    public void Training_reports_its_last_step()
    {
        using var directory = new TemporaryDirectory();
        CommandLine run = CommandLine.Run(
            ["train", "inverse", "--device", "cpu", "--steps", "30", "--weights", directory.File("w"), "--out",
                directory.Path, .. Operator]);
        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Contains("30 steps", run.Out);
        string[] curve = File.ReadAllLines(directory.File("training.csv"));
        Assert.Equal(["step", "1", "21", "30"], curve.Select(line => line.Split(',')[0]));
    }

    private static JsonElement Train(string file, string architecture, string seed, string channels)
    {
        CommandLine run = CommandLine.Run(
            ["train", "inverse", "--device", "cpu", "--quiet", "--json", "-", "--steps", "30", "--seed", seed,
                "--architecture", architecture, "--channels", channels, "--weights", file, .. Operator]);
        Assert.True(run.ExitCode == ExitCode.Done, run.Error);
        return JsonDocument.Parse(run.Out).RootElement;
    }

    private static Dictionary<string, float[]> Arrays(string file) =>
        SafeTensorsFile.Load(file).Arrays.ToDictionary(entry => entry.Key, entry => entry.Value.Values.ToArray());
}
