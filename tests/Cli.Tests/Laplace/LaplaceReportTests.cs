using System.Text.Json;
using InfAdmm.Cli.Laplace;
using InfAdmm.Cli.Terminal;
using InfAdmm.Solvers.Laplace;

namespace InfAdmm.Cli.Tests;

/// <summary>The report as JSON, as a table and as CSV.</summary>
public sealed class LaplaceReportTests
{
    [Fact]
    public void Json_has_exactly_the_promised_names()
    {
        LaplaceReport report = FakeReports.Paper();
        JsonElement root = Json(report);
        AssertNames(root, "command version device problem solvers skipped");
        AssertNames(root.GetProperty("device"), "name threads");
        AssertNames(
            root.GetProperty("problem"),
            "preset size stride channels kernel sigma scale density rho penalty iterations seed update refine " +
            "boundary operator measurements objective_at_zero final_nonzero_fraction");
        JsonElement solver = root.GetProperty("solvers")[0];
        AssertNames(
            solver,
            "name setup_seconds iterations final_objective_x final_objective_z z_relative_error certificate " +
            "guarded_steps seconds_to_0.1_percent speedup_vs_cg allocated_bytes_per_iteration");
        AssertNames(
            solver.GetProperty("iterations")[0],
            "k seconds objective_x objective_z primal dual inner_iterations residual rho");
        AssertNames(root.GetProperty("skipped")[0], "name reason");
        Assert.Equal(30, solver.GetProperty("iterations").GetArrayLength());
        Assert.Equal(1, solver.GetProperty("iterations")[0].GetProperty("k").GetInt32());
    }

    [Fact]
    public void What_does_not_apply_or_is_not_finite_is_null()
    {
        LaplaceReport report = FakeReports.Paper();
        SolverReport solver = report.Solvers[0] with
        {
            FinalObjectiveZ = double.NaN,
            SpeedupVsCg = double.PositiveInfinity,
            SecondsTo01Percent = null,
        };
        JsonElement json = Json(report with { Solvers = [solver] });
        JsonElement written = json.GetProperty("solvers")[0];
        Assert.Equal(JsonValueKind.Null, written.GetProperty("final_objective_z").ValueKind);
        Assert.Equal(JsonValueKind.Null, written.GetProperty("speedup_vs_cg").ValueKind);
        Assert.Equal(JsonValueKind.Null, written.GetProperty("seconds_to_0.1_percent").ValueKind);
        Assert.Equal(JsonValueKind.Null, written.GetProperty("iterations")[0].GetProperty("residual").ValueKind);
        Assert.Equal(JsonValueKind.Null, json.GetProperty("problem").GetProperty("final_nonzero_fraction").ValueKind);
    }

    [Fact]
    public void The_table_is_aligned_and_names_skipped_solvers()
    {
        string[] lines = Print(FakeReports.Paper()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(10, lines.Length);
        Assert.StartsWith("solver ", lines[0]);
        Assert.All(lines[..9], line => Assert.Equal(lines[0].Length, line.Length));
        Assert.Contains("2.50 ms", lines[1]);
        Assert.Contains("400 µs", lines[8]);
        Assert.Contains("11", lines[3]);
        Assert.Contains("–", lines[6]);
        Assert.Equal("skipped none: for the test", lines[9]);
    }

    [Fact]
    public void The_shortest_times_stand_out()
    {
        TextTable table = LaplaceTable.Build(FakeReports.Paper());
        string[] best =
        [
            .. table.Rows.SelectMany(row => row.Where(cell => cell.Style == CellStyle.Best).Select(_ => row[0].Text)),
        ];
        Assert.Equal(["scalar", "scalar"], best);
        Assert.Empty(LaplaceTable.Build(FakeReports.Paper() with { Solvers = [] }).Rows);
    }

    [Fact]
    public void Csv_has_a_row_for_each_solver_and_iteration()
    {
        string[] lines = LaplaceCsv.Text(FakeReports.Paper()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(1 + 8 * 30, lines.Length);
        Assert.Equal("solver,k,seconds,objective_x,objective_z,primal,dual,inner_iterations,residual,rho", lines[0]);
        Assert.StartsWith("fft,1,0.0025,", lines[1]);
        Assert.EndsWith(",1,2,,,1", lines[1]);
        Assert.EndsWith(",11,1E-06,1", lines[61]);
    }

    private static string Print(LaplaceReport report)
    {
        var stdout = new StringWriter { NewLine = "\n" };
        CommonOptions options = ParsedOptions.Common();
        LaplaceTable.Write(new CommandOutput(new Streams(stdout, TextWriter.Null), options), report);
        return stdout.ToString();
    }

    private static JsonElement Json(LaplaceReport report)
    {
        var stdout = new StringWriter();
        CommonOptions options = ParsedOptions.Common("--json", "-", "--quiet");
        new CommandOutput(new Streams(stdout, TextWriter.Null), options).Json(report, ReportJson.Default.LaplaceReport);
        return JsonDocument.Parse(stdout.ToString()).RootElement;
    }

    private static void AssertNames(JsonElement element, string names) =>
        Assert.Equal(names.Split(' '), element.EnumerateObject().Select(property => property.Name));
}
