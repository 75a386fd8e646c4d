using System.Text.Json;
using InfAdmm.Cli.Laplace;
using InfAdmm.Imaging.Files;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Cli.Tests;

/// <summary>The options of <c>laplace</c> that choose solvers, update forms and output locations.</summary>
public sealed class LaplaceOptionTests
{
    private static readonly string[] Small = ["laplace", "--device", "cpu", "--size", "64", "--iterations", "3"];

    [Fact]
    public void Only_json_goes_to_stdout_if_asked_for()
    {
        CommandLine run = CommandLine.Run([.. Small, "--repeat", "1", "--json", "-"]);
        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.StartsWith("{", run.Out);
        Assert.Equal("laplace", JsonDocument.Parse(run.Out).RootElement.GetProperty("command").GetString());
        Assert.Contains("z error", run.Error);
    }

    [Fact]
    public void The_table_goes_to_stdout_without_json()
    {
        CommandLine run = CommandLine.Run([.. Small, "--repeat", "2", "--solvers", "fft,cg", "--quiet"]);
        Assert.Equal(ExitCode.Done, run.ExitCode);
        string[] lines = run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["solver", "fft", "cg"], lines.Select(line => line.Split(' ')[0]));
        Assert.Empty(run.Error);
    }

    [Fact]
    public void Figures_and_iterations_are_written()
    {
        using var directory = new TemporaryDirectory();
        string target = directory.File("made/here");
        CommandLine run = CommandLine.Run([.. Small, "--repeat", "1", "--solvers", "cg,fft", "--out", target]);
        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Equal(
            [
                "laplace.csv", "objective-iteration.png", "objective-iteration.svg", "objective-time.png",
                "objective-time.svg", "report.html",
            ],
            Directory.GetFiles(target).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        string[] rows = File.ReadAllLines(Path.Combine(target, "laplace.csv"));
        Assert.Equal("solver,k,seconds,objective_x,objective_z,primal,dual,inner_iterations,residual,rho", rows[0]);
        Assert.Equal(["cg,1", "cg,2", "cg,3", "fft,1", "fft,2", "fft,3"], rows[1..].Select(Key));
        foreach (string name in LaplaceFigures.Names)
        {
            Assert.Equal(0x89, File.ReadAllBytes(Path.Combine(target, name + ".png"))[0]);
            Assert.Contains("<svg", File.ReadAllText(Path.Combine(target, name + ".svg")));
        }
    }

    [Fact]
    public void Solvers_run_in_the_order_that_they_are_named_in()
    {
        using LaplaceOutcome run = LaplaceOutcome.Run("--size", "64", "--iterations", "2", "--solvers", "gd,fft");
        Assert.Equal(["gd", "fft"], run.Solvers);
        Assert.Empty(run.Skipped);
        Assert.Equal(JsonValueKind.Null, run.Solver("fft").GetProperty("speedup_vs_cg").ValueKind);
        Assert.False(File.Exists(run.File("z_cg")));
    }

    [Fact]
    public void The_published_update_is_the_same_for_an_exact_inverse_and_loses_for_a_learned_one()
    {
        string[] options = ["--size", "64", "--preset", "sparse", "--iterations", "5"];
        using LaplaceOutcome residual = LaplaceOutcome.Run(options);
        using LaplaceOutcome published = LaplaceOutcome.Run([.. options, "--update", "published"]);
        Assert.Equal("published", published.Problem.GetProperty("update").GetString());
        Assert.Equal(["scalar", "pcg-circulant", "pcg-local", "pcg-learned", "cg-image", "gd", "local", "learned-local"],
            published.Skipped);
        Assert.Contains("measurement grid", published.Reason("gd"));
        Assert.InRange(published.Number("fft", "z_relative_error"), 0, 1e-3);
        foreach (string learned in new[] { "learned", "learned-linear" })
        {
            double inner = residual.Number(learned, "z_relative_error");
            double outer = published.Number(learned, "z_relative_error");
            Assert.True(outer > 10 * inner, $"{learned}: {outer} and {inner}");
        }
    }

    [Fact]
    public void Scalar_applies_where_shifted_kernels_do_not_overlap()
    {
        using LaplaceOutcome run = LaplaceOutcome.Run(
            "--size", "64", "--iterations", "5", "--kernel", "gaussian:3:1", "--stride", "4");
        Assert.Contains("scalar", run.Solvers);
        Assert.InRange(run.Number("scalar", "z_relative_error"), 0, 1e-6);
        double[] fft = run.Array("z_fft");
        Assert.All(run.Array("z_scalar").Zip(fft), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Theory]
    [InlineData("12", "4", "gaussian:9:1.5")]
    [InlineData("10", "5", "motion:9:30")]
    [InlineData("9", "1", "gaussian:9:1.5")]
    [InlineData("8", "8", "gaussian:8:2")]
    public void Small_and_odd_sizes_work(string size, string stride, string kernel)
    {
        using LaplaceOutcome run = LaplaceOutcome.Run(
            "--size", size, "--stride", stride, "--kernel", kernel, "--iterations", "2");
        foreach (string solver in run.Solvers)
        {
            // The accuracy of the network with ReLU is limited by its training.
            double tolerance = solver == "learned" ? 2e-3 : 1e-5;
            Assert.InRange(run.Number(solver, "z_relative_error"), 0, tolerance);
        }
    }

    [Fact]
    public void A_kernel_file_may_be_oblong_and_have_blanks()
    {
        using var directory = new TemporaryDirectory();
        string file = directory.File("kernel.csv");
        File.WriteAllText(file, "0.1, 0.2, 0.1\n0.2,0.3,0.1\n");
        using LaplaceOutcome run = LaplaceOutcome.Run("--size", "32", "--iterations", "2", "--kernel", file);
        Assert.Equal([0.1f, 0.2f, 0.1f, 0.2f, 0.3f, 0.1f], NpyFile.Read(run.File("kernel")).Values);
        Assert.InRange(run.Number("fft", "z_relative_error"), 0, 1e-6);
        Assert.Equal(file, run.Problem.GetProperty("kernel").GetString());
    }

    private static string Key(string row) => string.Join(',', row.Split(',')[..2]);
}
