using System.Globalization;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace InfAdmm.Cli;

/// <summary>
/// One plot with many curves, linear or logarithmic on each axis. Curves that coincide stay visible: each is drawn
/// thinner than those under it, and its markers sit at other points than theirs.
/// </summary>
internal sealed class FigurePanel
{
    private const int MarkersPerCurve = 8;
    private const float ThinnestLine = 1.6f;
    private const float LineStep = 1.5f;

    private readonly List<(string Name, double[] X, double[] Y)> _curves = [];
    private readonly Plot _plot;
    private readonly bool _logX;
    private readonly bool _logY;
    private (double Least, double Most)? _limitsY;

    /// <summary>Starts a panel on an empty plot.</summary>
    public FigurePanel(Plot plot, bool logX, bool logY)
    {
        _plot = plot;
        _logX = logX;
        _logY = logY;
        _plot.Axes.Bottom.TickLabelStyle.FontSize = 14;
        _plot.Axes.Left.TickLabelStyle.FontSize = 14;
        _plot.Axes.Title.Label.Bold = false;
        _plot.Axes.Bottom.Label.Bold = false;
        _plot.Axes.Left.Label.Bold = false;
        _plot.Grid.MajorLineColor = Colors.Black.WithAlpha(0.12);
    }

    /// <summary>Names the panel and its axes.</summary>
    public void Label(string title, string x, string y)
    {
        _plot.Title(title, 16);
        _plot.XLabel(x, 15);
        _plot.YLabel(y, 15);
    }

    /// <summary>Adds a curve.</summary>
    public void Add(string name, double[] x, double[] y) => _curves.Add((name, x, y));

    /// <summary>Adds a dashed line across with a label.</summary>
    public void AddLevel(double y, string label)
    {
        ScottPlot.Plottables.HorizontalLine line = _plot.Add.HorizontalLine(ToY(y));
        line.LinePattern = LinePattern.Dashed;
        line.LineColor = Colors.Black.WithAlpha(0.6);
        line.LineWidth = 1;
        line.Text = label;
        line.LabelOppositeAxis = true;
        line.LabelFontSize = 13;
        line.LabelBackgroundColor = Colors.Transparent;
        line.LabelFontColor = Colors.Black;
        line.EnableAutoscale = false;
        _plot.Axes.Right.MinimumSize = 48;
    }

    /// <summary>Shows only these values.</summary>
    public void LimitY(double least, double most) => _limitsY = (least, most);

    /// <summary>Draws the curves and sets the axes.</summary>
    public void Finish()
    {
        for (int i = 0; i < _curves.Count; i++)
        {
            Draw(i);
        }

        SetLimits();
        _plot.Axes.Bottom.TickGenerator = Ticks(_logX);
        _plot.Axes.Left.TickGenerator = Ticks(_logY);
    }

    private void Draw(int index)
    {
        (string name, double[] x, double[] y) = _curves[index];
        double[] xs = Array.ConvertAll(x, ToX);
        double[] ys = Array.ConvertAll(y, ToY);
        FigureStyle style = FigureStyle.Of(name);

        ScottPlot.Plottables.Scatter line = _plot.Add.ScatterLine(xs, ys, style.Color);
        line.LineWidth = ThinnestLine + LineStep * (_curves.Count - 1 - index);
        line.LinePattern = style.Pattern;

        int[] marked = MarkedPoints(xs, index);
        ScottPlot.Plottables.Scatter markers = _plot.Add.ScatterPoints(
            marked.Select(i => xs[i]).ToArray(), marked.Select(i => ys[i]).ToArray(), style.Color);
        markers.MarkerShape = style.Marker;
        markers.MarkerSize = 9;
        markers.MarkerLineWidth = 2;
    }

    /// <summary>
    /// The points that carry a marker: evenly spaced along the axis as it is shown, shifted for each curve by its share
    /// of the spacing, and the last.
    /// </summary>
    private int[] MarkedPoints(double[] xs, int index)
    {
        double spacing = (xs[^1] - xs[0]) / MarkersPerCurve;
        double shift = spacing * index / _curves.Count;
        return
        [
            .. Enumerable.Range(0, MarkersPerCurve)
                .Select(marker => xs[0] + shift + marker * spacing)
                .Select(x => Math.Clamp(NearestAbove(xs, x), 0, xs.Length - 1))
                .Distinct(),
        ];
    }

    private static int NearestAbove(double[] sorted, double value)
    {
        int found = Array.BinarySearch(sorted, value);
        return found >= 0 ? found : ~found;
    }

    private void SetLimits()
    {
        double left = ToX(_curves.Min(curve => curve.X.Min()));
        double right = ToX(_curves.Max(curve => curve.X.Max()));
        (double least, double most) = _limitsY
            ?? (_curves.Min(curve => curve.Y.Min()), _curves.Max(curve => curve.Y.Max()));
        double bottom = ToY(least);
        double top = ToY(most);
        double width = Math.Max(right - left, 1e-3);
        double height = Math.Max(top - bottom, 1e-9);
        double below = _limitsY is null ? 0.04 * height : 0;
        _plot.Axes.SetLimits(left - 0.03 * width, right + 0.03 * width, bottom - below, top + 0.05 * height);
    }

    private double ToX(double value) => _logX ? Math.Log10(value) : value;

    private double ToY(double value) => _logY ? Math.Log10(value) : value;

    private static NumericAutomatic Ticks(bool logarithmic)
    {
        return logarithmic
            ? new NumericAutomatic
            {
                MinorTickGenerator = new LogDecadeMinorTickGenerator { TicksPerDecade = 9 },
                IntegerTicksOnly = true,
                LabelFormatter = power => Number(Math.Pow(10, Math.Round(power))),
            }
            : new NumericAutomatic { LabelFormatter = Number };
    }

    /// <summary>Plain digits from 0.01 to a million, a power of ten outside.</summary>
    private static string Number(double value) => Math.Abs(value) is 0 or (>= 0.0099 and < 1e6)
        ? value.ToString("#,0.####", CultureInfo.InvariantCulture)
        : value.ToString("0.#e-0", CultureInfo.InvariantCulture);
}
