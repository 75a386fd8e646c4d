using InfAdmm.Cli.Figures;
using InfAdmm.Solvers.Inverse;
using ScottPlot;

namespace InfAdmm.Cli.TrainInverse;

/// <summary>The learning curve: relative error against step and against time, as PNG and SVG.</summary>
internal static class TrainingFigure
{
    /// <summary>Draws the figure into an existing directory.</summary>
    /// <returns>The paths of the files; none if there are too few points for a curve.</returns>
    public static IReadOnlyList<string> Write(
        string directory, string name, string solver, IReadOnlyList<TrainingProgress> curve)
    {
        TrainingProgress[] shown = [.. curve.Where(p => double.IsFinite(p.RelativeError) && p.RelativeError > 0)];
        if (shown.Length < 2)
        {
            return [];
        }

        double[] errors = [.. shown.Select(point => point.RelativeError)];
        using Plot bySteps = Panel(solver, "Against steps", "step", [.. shown.Select(p => (double)p.Step)], errors);
        using Plot byTime = Panel(solver, "Against time", "time, s", [.. shown.Select(p => p.Seconds)], errors);
        var canvas = new FigureCanvas(bySteps, byTime, [(solver, FigureStyle.Of(solver))]);
        string stem = Path.Combine(directory, name);
        canvas.WritePng(stem + ".png");
        canvas.WriteSvg(stem + ".svg");
        return [stem + ".png", stem + ".svg"];
    }

    private static Plot Panel(string solver, string title, string xLabel, double[] x, double[] errors)
    {
        var plot = new Plot();
        var panel = new FigurePanel(plot, logX: false, logY: true);
        panel.Label(title, xLabel, "relative error of C against the inverse");
        panel.Add(FigureStyle.Of(solver), x, errors);
        panel.Finish();
        return plot;
    }
}
