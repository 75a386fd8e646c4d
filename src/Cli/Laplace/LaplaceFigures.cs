using InfAdmm.Cli.Figures;

namespace InfAdmm.Cli.Laplace;

/// <summary>
/// The figures of <c>laplace</c>: the objective of z against iteration and against time, each as PNG and SVG. The left
/// panel shows the whole range, the right one the distance to the exact solver's final objective.
/// </summary>
internal static class LaplaceFigures
{
    /// <summary>The file names of the figures, without extension.</summary>
    public static readonly string[] Names = ["objective-iteration", "objective-time"];

    /// <summary>Draws all figures into an existing directory.</summary>
    /// <returns>The paths of the files.</returns>
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
