using InfAdmm.Cli.Figures;

namespace InfAdmm.Cli.Laplace;

/// <summary>
/// The figures of <c>laplace</c>: the objective of z against iteration and against time, each as PNG and SVG. The left
/// panel shows the whole descent, the right one how close each solver comes to the exact end.
/// </summary>
internal static class LaplaceFigures
{
    /// <summary>The names of the figures, without extension.</summary>
    public static readonly string[] Names = ["objective-iteration", "objective-time"];

    /// <summary>Draws all figures into a directory that exists.</summary>
    /// <returns>The files.</returns>
    public static IReadOnlyList<string> Write(string directory, LaplaceReport report)
    {
        var files = new List<string>();
        foreach (string name in Names)
        {
            var data = new LaplaceCurves(report, againstTime: name == "objective-time");
            if (data.Curves.Count == 0)
            {
                continue;
            }

            using ScottPlot.Plot descent = LaplacePanels.Descent(data);
            using ScottPlot.Plot closeness = LaplacePanels.Closeness(data);
            var canvas = new FigureCanvas(
                descent, closeness, [.. data.Curves.Select(curve => (curve.Name, FigureStyle.Of(curve.Name)))]);
            string stem = Path.Combine(directory, name);
            canvas.WritePng(stem + ".png");
            canvas.WriteSvg(stem + ".svg");
            files.AddRange([stem + ".png", stem + ".svg"]);
        }

        return files;
    }
}
