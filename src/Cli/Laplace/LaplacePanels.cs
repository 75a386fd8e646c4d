using InfAdmm.Cli.Figures;
using ScottPlot;

namespace InfAdmm.Cli.Laplace;

/// <summary>The two panels of a figure of <c>laplace</c>.</summary>
internal static class LaplacePanels
{
    private const double LogFromRange = 20;
    private const double Target = 1e-3;

    /// <summary>The objective of z, all of it.</summary>
    public static Plot Descent(LaplaceCurves data)
    {
        double least = data.Curves.Min(curve => curve.Objective.Min());
        double most = data.Curves.Max(curve => curve.Objective.Max());
        bool logarithmic = most > LogFromRange * least;
        var plot = new Plot();
        var panel = new FigurePanel(plot, data.AgainstTime, logarithmic);
        panel.Label("The whole descent", XLabel(data), "objective of z");
        foreach (Curve curve in data.Curves)
        {
            panel.Add(FigureStyle.Of(curve.Name), curve.X, curve.Objective);
        }

        panel.Finish();
        return plot;
    }

    /// <summary>
    /// How far the objective of z is from the exact solver's last, in parts of it. What is nearer than the lowest
    /// decade shown leaves the panel at the bottom.
    /// </summary>
    public static Plot Closeness(LaplaceCurves data)
    {
        (string Name, double[] X, double[] Distance)[] curves =
        [
            .. data.Curves.Select(curve => (curve.Name, curve.X, Array.ConvertAll(curve.Objective, Distance))),
        ];
        double floor = Floor([.. curves.SelectMany(curve => curve.Distance)]);
        var plot = new Plot();
        var panel = new FigurePanel(plot, data.AgainstTime, logY: true);
        panel.Label("How close to the end", XLabel(data), $"|objective of z / last of {data.ReferenceName} − 1|");
        panel.AddLevel(Target, "0.1 %");
        foreach ((string name, double[] x, double[] distance) in curves)
        {
            panel.Add(FigureStyle.Of(name), x, Array.ConvertAll(distance, d => Math.Max(d, floor / 10)));
        }

        double most = curves.Max(curve => curve.Distance.Max());
        panel.LimitY(floor, Math.Max(most, 10 * Target));
        panel.Finish();
        return plot;

        double Distance(double objective) => Math.Abs(objective / data.Final - 1);
    }

    /// <summary>The decade that holds the smallest distance which is not rounding.</summary>
    private static double Floor(double[] distances)
    {
        double least = distances.Where(distance => distance > 1e-6).DefaultIfEmpty(1e-4).Min();
        return Math.Pow(10, Math.Floor(Math.Log10(Math.Min(least, 1e-4))));
    }

    private static string XLabel(LaplaceCurves data) => data.AgainstTime ? "time, ms" : "iteration";
}
