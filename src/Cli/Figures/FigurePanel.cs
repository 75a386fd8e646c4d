using System.Globalization;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace InfAdmm.Cli.Figures;

/// <summary>
/// One plot with many curves; each axis is linear or logarithmic. Curves that coincide stay visible: each is drawn
/// thinner than those below it, and its markers, drawn above all lines, are at different points.
/// </summary>
internal sealed class FigurePanel
{
    private const int MarkersPerCurve = 8;
    private const float MarkerSize = 10;
    private const float ThinnestLine = 1.8f;

    private readonly List<(FigureStyle Style, double[] X, double[] Y)> _curves = [];
    private readonly Plot _plot;
    private readonly float _lineStep;
    private readonly bool _logX;
    private readonly bool _logY;
    private (double Least, double Most)? _limitsY;
    private (double Y, string Label)? _level;

    /// <summary>Creates a panel on an empty plot.</summary>
    public FigurePanel(Plot plot, bool logX, bool logY)
    {
        _plot = plot;
        _plot.Font.Set(FigureStyle.FontName);

        // Against iteration, the curves of accurate solvers coincide; against time, they differ.
        _lineStep = logX ? 0.2f : 1.2f;
        _logX = logX;
        _logY = logY;
        _plot.Axes.Bottom.TickLabelStyle.FontSize = 14;
        _plot.Axes.Left.TickLabelStyle.FontSize = 14;
        _plot.Axes.Title.Label.Bold = false;
        _plot.Axes.Bottom.Label.Bold = false;
        _plot.Axes.Left.Label.Bold = false;
        _plot.Grid.MajorLineColor = Colors.Black.WithAlpha(0.12);
    }

    /// <summary>Sets the titles of the panel and its axes.</summary>
    public void Label(string title, string x, string y)
    {
        _plot.Title(title, 16);
        _plot.XLabel(x, 15);
        _plot.YLabel(y, 15);
    }

    /// <summary>Adds a curve.</summary>
    public void Add(FigureStyle style, double[] x, double[] y) => _curves.Add((style, x, y));

    /// <summary>Adds a dashed horizontal line, with a label at its left end.</summary>
    public void AddLevel(double y, string label) => _level = (y, label);

    /// <summary>Restricts the y axis to a range.</summary>
    public void LimitY(double least, double most) => _limitsY = (least, most);

    /// <summary>Draws the curves and sets the axes.</summary>
    public void Finish()
    {
        SetLimits();
        DrawLevel();
        for (int i = 0; i < _curves.Count; i++)
        {
            DrawLine(i);
        }

        _plot.PlottableList.Add(new EndOfDashes());
        for (int i = 0; i < _curves.Count; i++)
        {
            DrawMarkers(i);
        }

        _plot.Axes.Bottom.TickGenerator = Ticks(_logX);
        _plot.Axes.Left.TickGenerator = Ticks(_logY);
    }

    private void DrawLevel()
    {
        if (_level is not { } level)
        {
            return;
        }

        double y = ToY(level.Y);
        ScottPlot.Plottables.HorizontalLine line = _plot.Add.HorizontalLine(y);
        line.LinePattern = LinePattern.Dashed;
        line.LineColor = Colors.Black.WithAlpha(0.6);
        line.LineWidth = 1;
        ScottPlot.Plottables.Text text = _plot.Add.Text(level.Label, _plot.Axes.GetLimits().Left, y);
        text.LabelAlignment = Alignment.LowerLeft;
        text.LabelFontSize = 14;
        text.OffsetX = 6;
        text.OffsetY = -2;
    }

    private void DrawLine(int index)
    {
        (FigureStyle style, double[] x, double[] y) = _curves[index];
        ScottPlot.Plottables.Scatter line = _plot.Add.ScatterLine(
            Array.ConvertAll(x, ToX), Array.ConvertAll(y, ToY), style.Color);
        line.LineWidth = ThinnestLine + _lineStep * (_curves.Count - 1 - index);
        line.LinePattern = style.Pattern;
    }

    private void DrawMarkers(int index)
    {
        (FigureStyle style, double[] x, double[] y) = _curves[index];
        double[] xs = Array.ConvertAll(x, ToX);
        int[] marked = [.. MarkedPoints(xs, index)];
        ScottPlot.Plottables.Scatter markers = _plot.Add.ScatterPoints(
            marked.Select(i => xs[i]).ToArray(), marked.Select(i => ToY(y[i])).ToArray(), style.Color);
        markers.MarkerShape = style.Marker;
        markers.MarkerSize = MarkerSize;
        markers.MarkerLineWidth = 2;
    }

    /// <summary>
    /// Returns the points that have a marker. They are evenly spaced on the axis and offset for each curve by its share
    /// of the spacing, so that against iteration no two curves mark the same point.
    /// </summary>
    private IEnumerable<int> MarkedPoints(double[] xs, int index)
    {
        if (!_logX)
        {
            int step = Math.Max(_curves.Count, (xs.Length + MarkersPerCurve - 1) / MarkersPerCurve);
            int first = index * step / _curves.Count;
            return Enumerable.Range(0, xs.Length).Where(i => i % step == first);
        }

        double spacing = (xs[^1] - xs[0]) / MarkersPerCurve;
        double start = xs[0] + spacing * index / _curves.Count;
        return Enumerable.Range(0, MarkersPerCurve)
            .Select(marker => Math.Min(FirstFrom(xs, start + marker * spacing), xs.Length - 1))
            .Distinct();
    }

    private static int FirstFrom(double[] sorted, double value)
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

    /// <summary>
    /// Resets the dash pattern. ScottPlot draws a whole plot with one paint that keeps the dashes of a line, and Skia's
    /// SVG writer then prints a warning to stderr for each marker.
    /// </summary>
    private sealed class EndOfDashes : IPlottable
    {
        public bool IsVisible { get; set; } = true;

        public IAxes Axes { get; set; } = new Axes();

        public IEnumerable<LegendItem> LegendItems => [];

        public AxisLimits GetAxisLimits() => AxisLimits.NoLimits;

        /// <summary>Draws a solid line outside the visible area.</summary>
        public void Render(RenderPack rp) =>
            new LineStyle(1, Colors.White, LinePattern.Solid)
                .Render(rp.Canvas, new PixelLine(-9, -9, -8, -9), rp.Paint);
    }

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

    /// <summary>Formats values from 0.001 to a million with plain digits, others as a power of ten.</summary>
    public static string Number(double value) => Math.Abs(value) is 0 or (> 0.00099 and < 1e6)
        ? value.ToString("#,0.######", CultureInfo.InvariantCulture)
        : value.ToString("0.#e-0", CultureInfo.InvariantCulture);
}
