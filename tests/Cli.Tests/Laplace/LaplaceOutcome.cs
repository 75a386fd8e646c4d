using System.Text.Json;
using InfAdmm.Imaging.Files;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Cli.Tests;

/// <summary>The report and the dump of a successful run of <c>laplace</c>.</summary>
internal sealed class LaplaceOutcome : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly JsonDocument _json;

    private LaplaceOutcome(string[] args)
    {
        CommandLine run = CommandLine.Run(
        [
            "laplace", "--device", "cpu", "--quiet", "--json", "-", "--dump", _directory.Path,
            .. args.Contains("--repeat") ? args : [.. args, "--repeat", "1"],
        ]);
        Assert.True(run.ExitCode == ExitCode.Done, run.Error);
        Assert.Empty(run.Error);
        _json = JsonDocument.Parse(run.Out);
    }

    public JsonElement Json => _json.RootElement;

    public JsonElement Problem => Json.GetProperty("problem");

    public string[] Solvers => Names("solvers");

    public string[] Skipped => Names("skipped");

    public static LaplaceOutcome Run(params string[] args) => new(args);

    public JsonElement Solver(string name) => Json.GetProperty("solvers").EnumerateArray()
        .Single(solver => solver.GetProperty("name").GetString() == name);

    public JsonElement[] Iterations(string solver) => [.. Solver(solver).GetProperty("iterations").EnumerateArray()];

    public double Number(string solver, string field) => Solver(solver).GetProperty(field).GetDouble();

    /// <summary>
    /// Checks that every solver for an operator without a Fourier inverse ran, and that z is exact for all but those
    /// that apply filters once.
    /// </summary>
    /// <param name="isTrained">Whether there are trained filters for the operator.</param>
    public void AssertSolvers(bool isTrained)
    {
        string[] learned = isTrained ? ["pcg-learned", "learned-local"] : [];
        string[] expected = ["cholesky", "cg", "pcg-circulant", "pcg-local", "cg-image", "gd", "local", .. learned];
        Assert.Equal(expected.Order(), Solvers.Order());
        Assert.All(Solvers, solver => Assert.InRange(
            Number(solver, "z_relative_error"), 0, solver.EndsWith("local") && solver != "pcg-local" ? 0.8 : 1e-5));
    }

    public string Reason(string solver) => Json.GetProperty("skipped").EnumerateArray()
        .Single(skipped => skipped.GetProperty("name").GetString() == solver).GetProperty("reason").GetString()!;

    public string File(string array) => _directory.File(array + ".npy");

    public double[] Array(string name) => [.. NpyFile.Read(File(name)).Values.Select(value => (double)value)];

    /// <summary>A computed by direct summation, with the dumped kernel.</summary>
    public NaiveOperator Operator()
    {
        PlanarImage kernel = NpyFile.Read(File("kernel"));
        PlanarImage y = NpyFile.Read(File("y"));
        return new NaiveOperator(kernel, y.Shape, Problem.GetProperty("stride").GetInt32());
    }

    private string[] Names(string list) =>
        [.. Json.GetProperty(list).EnumerateArray().Select(entry => entry.GetProperty("name").GetString()!)];

    public void Dispose()
    {
        _json.Dispose();
        _directory.Dispose();
    }
}
