using System.Globalization;
using InfAdmm.Cli.Figures;
using InfAdmm.Cli.Html;
using InfAdmm.Cli.Terminal;
using InfAdmm.Imaging.Datasets;
using InfAdmm.Imaging.Evaluation;
using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Metrics;

namespace InfAdmm.Cli.Evaluate;

/// <summary>The page <c>report.html</c> of <c>evaluate</c>.</summary>
internal static class EvaluatePage
{
    /// <summary>Builds the page.</summary>
    /// <param name="report">The results.</param>
    /// <param name="commandLine">The command line that they are from.</param>
    /// <param name="images">Some of the images, with the results of all methods.</param>
    public static HtmlPage Build(EvaluateReport report, string commandLine, IReadOnlyList<RestoredImage> images)
    {
        var page = new HtmlPage("infadmm evaluate", commandLine, report.Device);
        page.AddHeading("Methods");
        page.AddNote(EvaluateTable.Caption(report));
        page.AddTable("methods", EvaluateTable.Build(report));
        foreach (string certificate in EvaluateTable.Certificates(report))
        {
            page.AddNote(certificate);
        }

        MethodReport[] iterating = [.. report.Methods.Where(EvaluateFigures.CanBeDrawn)];
        if (iterating.Length > 0)
        {
            page.AddHeading("Iterates");
            page.Add(ChartGroup.Render(
            [
                Chart("PSNR of the iterates, dB", iterating, method => method.PsnrPerIteration, "0.00 dB"),
                Chart("NMSE of the iterates", iterating, method => method.NmsePerIteration, "0.0000e-0") with
                {
                    IsLogY = true,
                },
            ]));
        }

        AddPictures(page, report, images);
        page.AddJson(CommandOutput.Serialize(report, ReportJson.Default.EvaluateReport));
        return page;
    }

    private static LineChart Chart(
        string title, MethodReport[] methods, Func<MethodReport, IReadOnlyList<double>> values, string format) => new(
            title, "iteration",
            [.. methods.Select((method, i) =>
            {
                (string name, FigureStyle style) = EvaluateFigures.StyleOf(method, i, methods);
                return new ChartCurve(
                    name, style, [.. values(method).Select((value, k) => new ChartPoint(
                        k + 1, value,
                        $"iteration {k + 1}, {value.ToString(format, CultureInfo.InvariantCulture)}"))]);
            })]);

    /// <summary>At first, the measurement is compared with the last method.</summary>
    private static void AddPictures(HtmlPage page, EvaluateReport report, IReadOnlyList<RestoredImage> images)
    {
        string[] names =
        [
            .. report.Methods.Select((method, i) => EvaluateFigures.StyleOf(method, i, [.. report.Methods]).Name),
        ];
        var gallery = new Gallery(images.Count);
        for (int i = 0; i < images.Count; i++)
        {
            RestoredImage image = images[i];
            int stride = image.Truth.Shape.W / image.Measurement.Shape.W;
            gallery.Add(
                $"Image {i + 1}", image.Truth.Shape,
                [
                    new ComparedPicture("measurement", image.Measurement) { Stride = stride },
                    .. image.Results.Select((result, j) => new ComparedPicture(Named(names[j], result, image), result)),
                    new ComparedPicture("truth", image.Truth),
                ],
                left: 0, right: image.Results.Count);
        }

        page.AddHeading("Pictures");
        page.AddNote($"{ImageSets.Images(gallery.Count)} of {report.Images}; the lists above each choose what is compared.");
        page.Add(gallery.Render());
    }

    private static string Named(string method, PlanarImage result, RestoredImage image) => string.Create(
        CultureInfo.InvariantCulture, $"{method}, {ImageMetrics.Psnr(result.Values, image.Truth.Values):0.00} dB");
}
