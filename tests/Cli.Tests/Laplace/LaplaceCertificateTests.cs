using System.Text.Json;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Cli.Tests;

/// <summary>The bound on the z error and the guard of the learned solvers, from the command line.</summary>
public sealed class LaplaceCertificateTests
{
    private static readonly string[] Sparse = ["--preset", "sparse", "--size", "64", "--iterations", "6"];

    /// <summary>
    /// Catches a certificate below the error, a missing one, one of an update that has no w, and a guard that improves
    /// accurate iterations or counts for classical solvers.
    /// </summary>
    [Fact]
    public void Certificates_bound_the_z_error()
    {
        using LaplaceOutcome run = LaplaceOutcome.Run([.. Sparse, "--certificate"]);
        foreach (string solver in new[] { "fft", "cholesky", "cg", "learned", "learned-linear" })
        {
            double error = run.Number(solver, "z_relative_error");
            Assert.InRange(run.Number(solver, "certificate"), error, 1e-3);
        }

        Assert.Equal(JsonValueKind.Null, run.Solver("gd").GetProperty("certificate").ValueKind);
        Assert.Equal(0, run.Number("learned", "guarded_steps"));
        Assert.Equal(JsonValueKind.Null, run.Solver("fft").GetProperty("guarded_steps").ValueKind);
    }

    /// <summary>Catches a solver that fails and takes the results of all others with it, or fails with exit code 0.</summary>
    [Fact]
    public void A_solver_that_fails_does_not_end_the_others()
    {
        using var directory = new TemporaryDirectory();
        string json = directory.File("report.json");
        CommandLine run = CommandLine.Run(
            "laplace", "--size", "32", "--stride", "1", "--kernel", "gaussian:3:1", "--operator", "masked", "--rho", "1e20",
            "--iterations", "3", "--repeat", "1", "--certificate", "--solvers", "cg,local,gd", "--device", "cpu", "--json", json);

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.StartsWith("error: local: ", run.LastErrorLine, StringComparison.Ordinal);
        Assert.Contains("certificate gd: none", run.Out, StringComparison.Ordinal);
        using var report = JsonDocument.Parse(File.ReadAllText(json));
        JsonElement root = report.RootElement;
        Assert.Equal(
            ["cg", "gd"], root.GetProperty("solvers").EnumerateArray().Select(one => one.GetProperty("name").GetString()));
        JsonElement failed = Assert.Single(root.GetProperty("skipped").EnumerateArray());
        Assert.Equal("local", failed.GetProperty("name").GetString());
    }

    /// <summary>Catches a certificate, or a guard, that nobody asked for.</summary>
    [Fact]
    public void Without_the_option_there_is_no_certificate()
    {
        using LaplaceOutcome run = LaplaceOutcome.Run([.. Sparse, "--solvers", "fft,learned-linear"]);
        foreach (string solver in run.Solvers)
        {
            Assert.Equal(JsonValueKind.Null, run.Solver(solver).GetProperty("certificate").ValueKind);
            Assert.Equal(JsonValueKind.Null, run.Solver(solver).GetProperty("guarded_steps").ValueKind);
        }
    }

    /// <summary>
    /// Catches a guard that does not act on weights that are hardly trained, is not counted in every iteration, hides its
    /// inner iterations, or is not printed; and an unreachable tolerance that does not end the run, or names no solver.
    /// </summary>
    [Fact]
    public void Hardly_trained_weights_are_guarded()
    {
        using var directory = new TemporaryDirectory();
        string file = directory.File("w.safetensors");
        string[] problem = ["--kernel", "gaussian:9:1.5", "--stride", "2", "--rho", "0.001"];
        CommandLine trained = CommandLine.Run(
            ["train", "inverse", "--device", "cpu", "--quiet", "--steps", "2", "--weights", file, .. problem]);
        Assert.True(trained.ExitCode == ExitCode.Done, trained.Error);
        string[] options =
            ["--size", "64", "--iterations", "4", "--solvers", "learned-linear", "--weights", file, .. problem];
        using LaplaceOutcome plain = LaplaceOutcome.Run(options);
        Assert.True(plain.Number("learned-linear", "z_relative_error") > 1e-3);

        using LaplaceOutcome guarded = LaplaceOutcome.Run([.. options, "--certificate", "--repeat", "2"]);
        double error = guarded.Number("learned-linear", "z_relative_error");
        Assert.InRange(guarded.Number("learned-linear", "certificate"), error, 1e-3);
        Assert.Equal(4, guarded.Number("learned-linear", "guarded_steps"));
        Assert.All(
            guarded.Solver("learned-linear").GetProperty("iterations").EnumerateArray(),
            iteration => Assert.InRange(iteration.GetProperty("inner_iterations").GetInt32(), 1, 100));

        string[] printed = ["laplace", "--device", "cpu", "--repeat", "1", "--certificate", .. options];
        CommandLine run = CommandLine.Run(printed);
        Assert.Contains("certificate learned-linear: z error at most ", run.Out);
        Assert.Contains("; cg improved 4 of 4 iterations", run.Out);

        CommandLine refused = CommandLine.Run([.. printed, "--max-inner", "1"]);
        Assert.Equal(ExitCode.Failed, refused.ExitCode);
        Assert.Contains("learned-linear: the guarded z-update cannot reach a relative error", refused.LastErrorLine);
    }
}
