using System.Globalization;
using System.Text.Json;
using InfAdmm.Cli.Figures;
using InfAdmm.Cli.Html;
using InfAdmm.Cli.Terminal;
using InfAdmm.Solvers.Laplace;

namespace InfAdmm.Cli.Laplace;

/// <summary>The page <c>report.html</c> of <c>laplace</c>.</summary>
internal static class LaplacePage
{
    /// <summary>Builds the page.</summary>
    /// <param name="report">The results.</param>
    /// <param name="commandLine">The command line that they are from.</param>
    /// <param name="notes">What the command prints below the table.</param>
    /// <param name="pictures">The measurement and the estimate; null where they are not pictures.</param>
    public static HtmlPage Build(
        LaplaceReport report, string commandLine, IEnumerable<string> notes, Gallery? pictures)
    {
        var page = new HtmlPage("infadmm laplace", commandLine, report.Device);
        page.AddHeading("Solvers");
        page.AddTable("solvers", LaplaceTable.Build(report));
        foreach (string note in LaplaceTable.Certificates(report).Concat(notes))
        {
            page.AddNote(note);
        }

        AddSkipped(page, report);
        AddCharts(page, report);
        if (pictures is { Count: > 0 })
        {
            page.AddHeading($"Measurement and estimate of {report.ExactSolver}");
            page.Add(pictures.Render());
        }

        page.AddHeading("Problem");
        page.AddFacts(JsonSerializer.SerializeToElement(report.Problem, ReportJson.Default.ProblemReport));
        page.AddJson(CommandOutput.Serialize(report, ReportJson.Default.LaplaceReport));
        return page;
    }

    private static void AddSkipped(HtmlPage page, LaplaceReport report)
    {
        if (report.Skipped.Count > 0)
        {
            page.AddHeading("Skipped solvers");
            page.AddTable("skipped solvers", new TextTable(
                [new("solver", AlignRight: false), new("reason", AlignRight: false, IsLong: true)],
                [.. report.Skipped.Select(skipped => (Cell[])[skipped.Name, skipped.Reason])]));
        }
    }

    private static void AddCharts(HtmlPage page, LaplaceReport report)
    {
        LaplaceCurves[] data =
        [
            new LaplaceCurves(report, againstTime: false), new LaplaceCurves(report, againstTime: true),
        ];
        if (data.Any(curves => curves.Curves.Count == 0))
        {
            return;
        }

        page.AddHeading("Objective");
        page.Add(ChartGroup.Render([.. data.Select(Objective), .. data.Where(HasReference).Select(Distance)]));
    }

    private static bool HasReference(LaplaceCurves data) => double.IsFinite(data.Final) && data.Final != 0;

    private static LineChart Objective(LaplaceCurves data) =>
        Chart("Objective of z", data, curve => curve.Objective);

    private static LineChart Distance(LaplaceCurves data)
    {
        double floor = data.DistanceFloor();
        return Chart(
            $"|objective of z / final of {data.ReferenceName} − 1|", data,
            curve => Array.ConvertAll(data.Distances(curve), distance => Math.Max(distance, floor / 10))) with
        {
            Floor = floor,
            Level = (LaplaceCurves.Target, "0.1 %"),
        };
    }

    private static LineChart Chart(string title, LaplaceCurves data, Func<Curve, double[]> heights) => new(
        $"{title} against {(data.AgainstTime ? "time" : "iteration")}",
        data.AgainstTime ? "time, ms" : "iteration",
        [.. data.Curves.Select(curve => new ChartCurve(
            curve.Name, FigureStyle.Of(curve.Name),
            [.. heights(curve).Select((height, i) => new ChartPoint(
                curve.X[i], height, ReadOut(curve.Iterations[i])))]))])
    {
        IsLogX = data.AgainstTime,
        IsLogY = true,
    };

    private static string ReadOut(IterationReport iteration) => string.Create(
        CultureInfo.InvariantCulture,
        $"k = {iteration.K}, {iteration.Seconds:G4} s, {Units.Objective(iteration.ObjectiveZ)}");
}
