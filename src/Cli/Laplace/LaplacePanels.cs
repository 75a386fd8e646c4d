using InfAdmm.Cli.Figures;
using ScottPlot;

namespace InfAdmm.Cli.Laplace;

/// <summary>The two panels of a figure of <c>laplace</c>.</summary>
internal static class LaplacePanels
{
    private const double LogFromRange = 20;

    /// <summary>The panel with the objective of z over its whole range.</summary>
    public static Plot Descent(LaplaceCurves data)
    {
        double least = data.Curves.Min(curve => curve.Objective.Min());
        double most = data.Curves.Max(curve => curve.Objective.Max());
        bool logarithmic = most > LogFromRange * least;
        var plot = new Plot();
        var panel = new FigurePanel(plot, data.AgainstTime, logarithmic);
        panel.Label("Whole range", XLabel(data), "objective of z");
        foreach (Curve curve in data.Curves)
        {
            panel.Add(FigureStyle.Of(curve.Name), curve.X, curve.Objective);
        }

        panel.Finish();
        return plot;
    }

    /// <summary>
    /// The panel with the relative distance of the objective of z to the exact solver's final objective. Points below
    /// the lowest decade shown are cut off.
    /// </summary>
    public static Plot Closeness(LaplaceCurves data)
    {
        (string Name, double[] X, double[] Distance)[] curves =
        [
            .. data.Curves.Select(curve => (curve.Name, curve.X, data.Distances(curve))),
        ];
        double floor = data.DistanceFloor();
        var plot = new Plot();
        var panel = new FigurePanel(plot, data.AgainstTime, logY: true);
        panel.Label("Distance to the end", XLabel(data), $"|objective of z / final of {data.ReferenceName} − 1|");
        panel.AddLevel(LaplaceCurves.Target, "0.1 %");
        foreach ((string name, double[] x, double[] distance) in curves)
        {
            panel.Add(FigureStyle.Of(name), x, Array.ConvertAll(distance, d => Math.Max(d, floor / 10)));
        }

        double most = curves.Max(curve => curve.Distance.Max());
        panel.LimitY(floor, Math.Max(most, 10 * LaplaceCurves.Target));
        panel.Finish();
        return plot;
    }

    private static string XLabel(LaplaceCurves data) => data.AgainstTime ? "time, ms" : "iteration";
}
