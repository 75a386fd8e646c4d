using System.Text.Json;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Cli.Tests;

/// <summary><c>--boundary</c> of laplace and train inverse.</summary>
public sealed class LaplaceBoundaryTests : IDisposable
{
    private static readonly string[] Small = ["--preset", "sparse", "--size", "64", "--iterations", "4"];

    private readonly TemporaryDirectory _directory = new();

    [Theory]
    [InlineData("zero", 256)]
    [InlineData("reflect", 256)]
    [InlineData("valid", 196)]
    public void Every_solver_that_applies_runs_and_is_exact(string boundary, int measurements)
    {
        using LaplaceOutcome run = LaplaceOutcome.Run([.. Small, "--boundary", boundary]);
        Assert.Equal(boundary, run.Problem.GetProperty("boundary").GetString());
        Assert.Equal(measurements, run.Problem.GetProperty("measurements").GetInt32());
        run.AssertSolvers(isTrained: true);
        Assert.Contains("periodic convolution", run.Reason("fft"));
        Assert.Contains($"--boundary {boundary} --rho 0.0003", run.Reason("learned-linear"));
    }

    [Fact]
    public void Boundaries_give_different_measurements()
    {
        string[] options = [.. Small, "--solvers", "cg", "--boundary"];
        double[] objectives =
        [
            .. ((string[])["periodic", "zero", "reflect", "valid"]).Select(boundary =>
            {
                using LaplaceOutcome run = LaplaceOutcome.Run([.. options, boundary]);
                return run.Problem.GetProperty("objective_at_zero").GetDouble();
            }),
        ];
        Assert.Equal(4, objectives.Distinct().Count());
    }

    [Fact]
    public void A_measurement_of_the_users_has_the_smallest_image_of_a_valid_blur()
    {
        using LaplaceOutcome drawn = LaplaceOutcome.Run([.. Small, "--boundary", "valid", "--solvers", "cg"]);
        using LaplaceOutcome own = LaplaceOutcome.Run(
            "--preset", "sparse", "--iterations", "2", "--boundary", "valid", "--solvers", "cg",
            "--y", drawn.File("y"));
        Assert.Equal(196, own.Problem.GetProperty("measurements").GetInt32());
        Assert.Equal(13 * 4 + 9, own.Problem.GetProperty("size").GetInt32());
    }

    [Fact]
    public void An_inverse_is_trained_for_a_boundary_and_used_only_there()
    {
        string weights = _directory.File("zero.safetensors");
        CommandLine trained = CommandLine.Run(
            "train", "inverse", "--kernel", "gaussian:9:1.5", "--stride", "4", "--rho", "0.05", "--boundary", "zero",
            "--steps", "400", "--weights", weights, "--json", "-", "--quiet", "--device", "cpu");
        Assert.True(trained.ExitCode == ExitCode.Done, trained.Error);
        using var report = JsonDocument.Parse(trained.Out);
        Assert.Equal("zero", report.RootElement.GetProperty("boundary").GetString());
        JsonElement inverse = report.RootElement.GetProperty("inverses")[0];
        double learned = inverse.GetProperty("noise_error").GetDouble();
        Assert.InRange(learned, 0, 0.5 * inverse.GetProperty("scalar_noise_error").GetDouble());

        string[] options = ["--size", "128", "--rho", "0.05", "--iterations", "3", "--weights", weights, "--boundary"];
        using LaplaceOutcome zero = LaplaceOutcome.Run([.. options, "zero"]);
        Assert.Contains("learned-linear", zero.Solvers);
        Assert.InRange(zero.Number("learned-linear", "z_relative_error"), 0, 0.05);
        using LaplaceOutcome reflect = LaplaceOutcome.Run([.. options, "reflect"]);
        Assert.Contains("learned-linear", reflect.Skipped);
    }

    public void Dispose() => _directory.Dispose();
}
