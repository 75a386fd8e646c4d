using System.Xml.Linq;
using InfAdmm.Cli.Figures;
using InfAdmm.Cli.Laplace;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Tests.Shared;
using SkiaSharp;

namespace InfAdmm.Cli.Tests;

public sealed class LaplaceFiguresTests
{
    [Theory]
    [InlineData("paper")]
    [InlineData("sparse")]
    public void Figures_show_every_solver(string preset)
    {
        LaplaceReport report = preset == "paper" ? FakeReports.Paper() : FakeReports.Sparse();
        string directory = Path.Combine(AppContext.BaseDirectory, "figures", preset);
        Directory.CreateDirectory(directory);

        IReadOnlyList<string> files = LaplaceFigures.Write(directory, report);

        Assert.Equal(4, files.Count);
        foreach (string file in files)
        {
            if (file.EndsWith(".png", StringComparison.Ordinal))
            {
                AssertShowsColours(file, report);
            }
            else
            {
                AssertNamesSolvers(file, report);
            }
        }
    }

    [Fact]
    public void A_solver_that_diverged_at_once_is_left_out()
    {
        LaplaceReport report = FakeReports.Paper();
        SolverReport lost = report.Solvers[0] with
        {
            Iterations = [report.Solvers[0].Iterations[0] with { ObjectiveZ = double.NaN }],
        };
        using var directory = new TemporaryDirectory();

        IReadOnlyList<string> files = LaplaceFigures.Write(
            directory.Path, report with { Solvers = [lost, report.Solvers[1]] });

        Assert.Equal(4, files.Count);
        Assert.All(files, file => Assert.True(new FileInfo(file).Length > 1000));
        Assert.Empty(LaplaceFigures.Write(directory.Path, report with { Solvers = [lost] }));
    }

    private static void AssertShowsColours(string file, LaplaceReport report)
    {
        using SKBitmap bitmap = SKBitmap.Decode(file);
        Assert.Equal(1200, bitmap.Width);
        Assert.Equal(500, bitmap.Height);
        HashSet<SKColor> colours = [.. bitmap.Pixels];
        foreach (SolverReport solver in report.Solvers)
        {
            ScottPlot.Color expected = FigureStyle.Of(solver.Name).Color;
            Assert.Contains(new SKColor(expected.R, expected.G, expected.B), colours);
        }
    }

    private static void AssertNamesSolvers(string file, LaplaceReport report)
    {
        XDocument svg = XDocument.Load(file);
        string text = string.Join(' ', svg.Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value));
        Assert.True(svg.Descendants().Count(e => e.Name.LocalName is "path" or "line") > 20);
        Assert.All(report.Solvers, solver => Assert.Contains(solver.Name, text));
    }
}
