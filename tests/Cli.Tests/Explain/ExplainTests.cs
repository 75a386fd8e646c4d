using System.Text.Json;
using InfAdmm.Tests.Shared;
using SkiaSharp;

namespace InfAdmm.Cli.Tests;

/// <summary>What explain says of an operator.</summary>
public sealed class ExplainTests
{
    [Fact]
    public void Explain_says_what_a_boundary_leaves()
    {
        CommandLine run = CommandLine.Run(
            "explain", "--size", "64", "--boundary", "reflect", "--json", "-", "--quiet", "--device", "cpu");
        Assert.True(run.ExitCode == ExitCode.Done, run.Error);
        using var report = JsonDocument.Parse(run.Out);
        JsonElement described = report.RootElement.GetProperty("operator");
        Assert.Equal("reflect", described.GetProperty("boundary").GetString());
        Assert.Equal(JsonValueKind.Null, described.GetProperty("gram_rows").ValueKind);
        Assert.False(described.GetProperty("exact").GetBoolean());
        string? chosen = report.RootElement.GetProperty("chosen").GetString();
        AssertApplies(report.RootElement, chosen);
    }

    /// <summary>
    /// Catches an explanation of the plain blur instead of the operator, a solver chosen that does not apply, and a
    /// figure of the wrong matrices.
    /// </summary>
    [Theory]
    [InlineData("masked", "A = M S H: gaussian:9:1.5, stride 4, periodic boundary, 64×64 → 256 measurements, 128 ")]
    [InlineData("varying", "4×4 kernels: field, stride 4, periodic boundary, 64×64 → 256 measurements, ρ")]
    public void Explain_describes_the_operator(string name, string line)
    {
        using var directory = new TemporaryDirectory();
        string file = directory.File("report.json");
        CommandLine run = CommandLine.Run(
            "explain", "--size", "64", "--operator", name, "--json", file, "--device", "cpu", "--out", directory.Path);
        Assert.True(run.ExitCode == ExitCode.Done, run.Error);
        Assert.Contains(line, run.Out);
        Assert.Contains("A Aᵀ: not a periodic convolution", run.Out);
        Assert.Contains("no figure: only the matrices of --operator blur are drawn", run.Error);
        Assert.False(File.Exists(directory.File("structure.png")));
        using var report = JsonDocument.Parse(File.ReadAllText(file));
        JsonElement described = report.RootElement.GetProperty("operator");
        Assert.Equal(name, described.GetProperty("operator").GetString());
        Assert.Equal(
            name == "masked" ? "gaussian:9:1.5 128" : "field ",
            $"{described.GetProperty("kernel")} {described.GetProperty("kept")}");
        string? chosen = report.RootElement.GetProperty("chosen").GetString();
        AssertApplies(report.RootElement, chosen);
    }

    /// <summary>
    /// Catches matrices that are transposed or incomplete: the picture is compared with the entries of H, S, A and A Aᵀ of
    /// the average of 2×2 pixels, followed by a decimation by 2.
    /// </summary>
    [Fact]
    public void The_structure_of_the_operator_is_drawn()
    {
        using var directory = new TemporaryDirectory();
        string kernel = directory.File("kernel.csv");
        File.WriteAllText(kernel, "0.25,0.25,0\n0.25,0.25,0\n0,0,0\n");
        CommandLine run = CommandLine.Run(
            "explain", "--kernel", kernel, "--size", "4", "--stride", "2", "--out", directory.Path, "--device", "cpu",
            "--quiet");
        Assert.True(run.ExitCode == ExitCode.Done, run.Error);
        using SKBitmap figure = SKBitmap.Decode(directory.File("structure.png"));
        int[] rows = [16, 4, 4, 4];
        int[] columns = [16, 16, 16, 4];
        for (int panel = 0; panel < 4; panel++)
        {
            for (int i = 0; i < rows[panel] * columns[panel]; i++)
            {
                (int row, int column) = (i / columns[panel], i % columns[panel]);
                SKColor shown = figure.GetPixel(
                    (int)(16 + panel * 296 + (column + 0.5) * 17.5), (int)(60 + (row + 0.5) * 17.5));
                bool isEntry = panel switch
                {
                    0 => Averages(row % 4, column % 4) && Averages(row / 4, column / 4),
                    1 => column == 2 * (row % 2) + 8 * (row / 2),
                    2 => Averages(row % 2 * 2, column % 4) && Averages(row / 2 * 2, column / 4),
                    _ => row == column,
                };
                Assert.Equal(isEntry ? SKColors.Black : SKColors.White, shown);
            }
        }

        // The centre of the kernel is its second entry: y_i = (x_i + x_{i+1}) / 2, periodic.
        static bool Averages(int to, int from) => from == to || from == (to + 1) % 4;
    }

    private static void AssertApplies(JsonElement report, string? solver)
    {
        JsonElement chosen = report.GetProperty("solvers").EnumerateArray()
            .Single(entry => entry.GetProperty("name").GetString() == solver);
        Assert.True(chosen.GetProperty("applies").GetBoolean());
        Assert.True(chosen.GetProperty("seconds_in_all").GetDouble() > 0);
    }
}
