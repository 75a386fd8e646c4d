using InfAdmm.Cli.Figures;

namespace InfAdmm.Cli.Html;

/// <summary>A point of a curve.</summary>
/// <param name="X">Where it is on the horizontal axis.</param>
/// <param name="Y">Where it is on the vertical axis.</param>
/// <param name="ReadOut">The values that are shown next to it, when the pointer is there.</param>
internal readonly record struct ChartPoint(double X, double Y, string ReadOut);

/// <summary>A curve with at least one point.</summary>
internal sealed record ChartCurve(string Name, FigureStyle Style, IReadOnlyList<ChartPoint> Points);

/// <summary>A chart of curves with finite values.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="XLabel">What its horizontal axis shows.</param>
/// <param name="Curves">The curves, at least one. Those of one name are one entry of the legend of several charts.</param>
internal sealed record LineChart(string Title, string XLabel, IReadOnlyList<ChartCurve> Curves)
{
    /// <summary>Whether the horizontal axis is logarithmic.</summary>
    public bool IsLogX { get; init; }

    /// <summary>Whether the vertical axis is logarithmic.</summary>
    public bool IsLogY { get; init; }

    /// <summary>The end of the vertical axis, below which curves are cut off; null for the smallest value.</summary>
    public double? Floor { get; init; }

    /// <summary>A dashed horizontal line, with its label.</summary>
    public (double Y, string Label)? Level { get; init; }
}
