using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace InfAdmm.Cli.Html;

/// <summary>
/// Charts below one legend, whose entries hide and show the curves. The curves are inline SVG that is stretched to the
/// width of the page; ticks and titles are text of constant size.
/// </summary>
internal static class ChartGroup
{
    // The side of the SVG's view box.
    private const int Side = 1000;
    private const int MostPoints = 500;
    private const double Thinnest = 1.75;

    /// <summary>The charts as HTML.</summary>
    public static Markup Render(IReadOnlyList<LineChart> charts)
    {
        string[] names = [.. charts.SelectMany(chart => chart.Curves).Select(curve => curve.Name).Distinct()];
        IEnumerable<Markup> legend = names.Select((name, id) => LegendEntry(
            id, charts.SelectMany(chart => chart.Curves).First(curve => curve.Name == name)));
        IEnumerable<Markup> plots = charts.Select(chart => Render(chart, names));
        return Markup.Of(
            $"<div class=\"charts\">\n<div class=\"legend\">\n{legend}</div>\n<div class=\"plots\">\n{plots}</div>\n</div>\n");
    }

    private static Markup LegendEntry(int id, ChartCurve curve) => Markup.Of(
        $"<button type=\"button\" aria-pressed=\"true\" data-curve=\"{id}\"><svg class=\"hue\" style=\"--hue:{ColourOf(curve)}\" width=\"30\" height=\"10\" aria-hidden=\"true\"><path class=\"curve\" d=\"M2 5H28\"{Dashes(curve)}/></svg>{curve.Name}</button>\n");

    private static Markup Render(LineChart chart, string[] names)
    {
        ChartPoint[] all = [.. chart.Curves.SelectMany(curve => curve.Points)];
        var x = new ChartAxis(all.Min(point => point.X), all.Max(point => point.X), chart.IsLogX);
        double[] heights = [.. all.Select(point => point.Y), .. chart.Level is { } shown ? [shown.Y] : (double[])[]];
        var y = new ChartAxis(chart.Floor ?? heights.Min(), heights.Max(), chart.IsLogY);
        PlacedCurve[] curves = [.. chart.Curves.Select(curve => Place(curve, Array.IndexOf(names, curve.Name), x, y))];

        // Against iteration, the curves of accurate solvers coincide: each is thinner than those below it.
        double step = chart.IsLogX ? 0.1 : 0.7;
        IEnumerable<Markup> grid = x.Ticks.Select(tick => Markup.Of($"M{Side * tick.At} 0V{Side}"))
            .Concat(y.Ticks.Select(tick => Markup.Of($"M0 {Side * (1 - tick.At)}H{Side}")));
        IEnumerable<Markup> ticks = x.Ticks
            .Select(tick => Markup.Of($"<span class=\"tick x\" style=\"left:{100 * tick.At}%\">{tick.Label}</span>"))
            .Concat(y.Ticks.Select(tick =>
                Markup.Of($"<span class=\"tick y\" style=\"top:{100 * (1 - tick.At)}%\">{tick.Label}</span>")));
        Markup level = chart.Level is { } line
            ? Markup.Of($"<path class=\"level\" vector-effect=\"non-scaling-stroke\" d=\"M0 {Side * (1 - y.Place(line.Y))}H{Side}\"/>")
            : default;
        Markup mark = chart.Level is { } label
            ? Markup.Of($"<span class=\"mark\" style=\"top:{100 * (1 - y.Place(label.Y))}%\">{label.Label}</span>")
            : default;
        return Markup.Of(
            $"""
            <figure class="chart">
            <figcaption>{chart.Title}</figcaption>
            <div class="plot" tabindex="0" role="group" aria-label="{chart.Title}; arrow keys read out the points">
            <svg viewBox="0 0 {Side} {Side}" preserveAspectRatio="none" aria-hidden="true">
            <path class="grid" vector-effect="non-scaling-stroke" d="{grid}"/>{level}
            {curves.Select((curve, i) => Draw(curve, Thinnest + step * (curves.Length - 1 - i)))}</svg>
            {ticks}{mark}<span class="axis">{chart.XLabel}</span>
            <div class="dot" hidden></div><div class="tip" role="status" hidden></div>
            <script type="application/json">{Data(curves)}</script>
            </div>
            </figure>

            """);
    }

    /// <summary>Of a very long curve, evenly spaced points are shown, the first and the last among them.</summary>
    private static PlacedCurve Place(ChartCurve curve, int id, ChartAxis x, ChartAxis y)
    {
        int count = curve.Points.Count;
        int shown = Math.Min(count, MostPoints);
        IEnumerable<ChartPoint> points = Enumerable.Range(0, shown)
            .Select(i => curve.Points[shown == 1 ? 0 : (int)((long)i * (count - 1) / (shown - 1))]);
        return new PlacedCurve(
            curve, id,
            [.. points.Select(point => (x.Place(point.X), 1 - Math.Clamp(y.Place(point.Y), 0, 1), point.ReadOut))]);
    }

    /// <summary>A line that starts with a segment of length zero, which shows a single point as a dot.</summary>
    private static Markup Draw(PlacedCurve placed, double thickness)
    {
        IEnumerable<Markup> lines = placed.Points.Select((point, i) =>
            Markup.Of($"{(i == 0 ? "M" : "L")}{Side * point.X} {Side * point.Y}{(i == 0 ? "h0" : "")}"));
        return Markup.Of(
            $"<path class=\"curve hue\" style=\"--hue:{ColourOf(placed.Curve)};--thick:{thickness}px\" vector-effect=\"non-scaling-stroke\" data-curve=\"{placed.Id}\"{Dashes(placed.Curve)} d=\"{lines}\"/>\n");
    }

    private static string ColourOf(ChartCurve curve) => curve.Style.Color.ToHex();

    private static Markup Dashes(ChartCurve curve) => curve.Style.Pattern.Equals(ScottPlot.LinePattern.Solid)
        ? default
        : Markup.Of($" stroke-dasharray=\"{(curve.Style.Pattern.Equals(ScottPlot.LinePattern.Dotted) ? "1 5" : "7 5")}\"");

    /// <summary>The points for the script, as JSON that cannot end the script element: &lt; and &amp; are escaped.</summary>
    private static Markup Data(IEnumerable<PlacedCurve> curves)
    {
        using var buffer = new MemoryStream();
        var format = new JsonWriterOptions { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };
        using (var writer = new Utf8JsonWriter(buffer, format))
        {
            writer.WriteStartArray();
            foreach (PlacedCurve placed in curves)
            {
                writer.WriteStartObject();
                writer.WriteString("id", $"{placed.Id}");
                writer.WriteString("name", placed.Curve.Name);
                writer.WriteStartArray("points");
                foreach ((double x, double y, string readOut) in placed.Points)
                {
                    writer.WriteStartArray();
                    writer.WriteNumberValue(Math.Round(x, 5));
                    writer.WriteNumberValue(Math.Round(y, 5));
                    writer.WriteStringValue(readOut);
                    writer.WriteEndArray();
                }

                writer.WriteEndArray();
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        return new Markup(Encoding.UTF8.GetString(buffer.ToArray()));
    }

    /// <summary>A curve with the points that are shown, as fractions from the left and from the top.</summary>
    private sealed record PlacedCurve(
        ChartCurve Curve, int Id, IReadOnlyList<(double X, double Y, string ReadOut)> Points);
}
