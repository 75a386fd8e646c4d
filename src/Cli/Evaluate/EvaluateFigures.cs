using System.Globalization;
using InfAdmm.Cli.Figures;
using InfAdmm.Imaging.Evaluation;
using ScottPlot;

namespace InfAdmm.Cli.Evaluate;

/// <summary>
/// Draws the figures of <c>evaluate</c>: contact sheets of results and of iterates, and NMSE and PSNR against iteration.
/// </summary>
internal static class EvaluateFigures
{
    /// <summary>Writes all figures to an existing directory.</summary>
    /// <returns>The paths of the PNG and SVG files.</returns>
    public static IReadOnlyList<string> Write(
        string directory, EvaluateReport report, IReadOnlyList<RestoredImage> images)
    {
        var files = new List<string> { Path.Combine(directory, "contact-sheet.png") };
        ContactSheet.Write(files[0], [.. report.Methods.Select(method => method.Name)], images);
        for (int i = 0; i < report.Methods.Count; i++)
        {
            if (images[0].Iterates[i].Count > 1)
            {
                // With several ρ, a method has several rows.
                string name = report.Methods[i].Name;
                bool isRepeated = report.Methods.Count(method => method.Name == name) > 1;
                string file = Path.Combine(directory, $"iterates-{name}{(isRepeated ? $"-{i + 1}" : "")}.png");
                ContactSheet.WriteIterates(file, i, images);
                files.Add(file);
            }
        }

        MethodReport[] iterating = [.. report.Methods.Where(CanBeDrawn)];
        if (iterating.Length == 0)
        {
            return files;
        }

        // A logarithmic axis that spans less than a decade has too few ticks.
        double[] errors = [.. iterating.SelectMany(method => method.NmsePerIteration)];
        bool logarithmic = errors.Max() > 10 * errors.Min();
        (string Name, FigureStyle Style)[] styles = [.. iterating.Select((method, i) => StyleOf(method, i, iterating))];
        using Plot error = Panel("NMSE", "NMSE", iterating, styles, method => method.NmsePerIteration, logarithmic);
        using Plot ratio = Panel("PSNR", "PSNR, dB", iterating, styles, method => method.PsnrPerIteration, logY: false);
        var canvas = new FigureCanvas(error, ratio, styles);
        string stem = Path.Combine(directory, "iterations");
        canvas.WritePng(stem + ".png");
        canvas.WriteSvg(stem + ".svg");
        files.AddRange([stem + ".png", stem + ".svg"]);
        return files;
    }

    /// <summary>Whether the curve can be drawn: an exact restoration has an NMSE of 0 and an infinite PSNR.</summary>
    public static bool CanBeDrawn(MethodReport method) =>
        method.Iterations > 1
        && method.NmsePerIteration.All(value => double.IsFinite(value) && value > 0)
        && method.PsnrPerIteration.All(double.IsFinite);

    /// <summary>A method that runs with several values of ρ is labelled with ρ.</summary>
    public static (string Name, FigureStyle Style) StyleOf(
        MethodReport method, int index, MethodReport[] all) =>
        all.Count(other => other.Name == method.Name) > 1
        && method.Parameters.TryGetValue(AdmmMethod.Rho, out double rho)
            ? (string.Create(CultureInfo.InvariantCulture, $"ρ = {rho:0.######}"), FigureStyle.Of(index))
            : (method.Name, FigureStyle.Of(method.Name));

    private static Plot Panel(
        string title, string yLabel, MethodReport[] methods, (string Name, FigureStyle Style)[] styles,
        Func<MethodReport, IReadOnlyList<double>> values, bool logY)
    {
        var plot = new Plot();
        var panel = new FigurePanel(plot, logX: false, logY);
        panel.Label($"{title} of the iterates", "iteration", yLabel);
        for (int i = 0; i < methods.Length; i++)
        {
            MethodReport method = methods[i];
            panel.Add(
                    styles[i].Style,
                    [.. Enumerable.Range(1, method.Iterations).Select(k => (double)k)],
                    [.. values(method)]);
        }

        panel.Finish();
        return plot;
    }
}
