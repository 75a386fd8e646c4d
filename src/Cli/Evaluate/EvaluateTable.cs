using System.Globalization;
using InfAdmm.Cli.Terminal;
using InfAdmm.Imaging.Datasets;
using InfAdmm.Imaging.Evaluation;
using InfAdmm.Imaging.Metrics;

namespace InfAdmm.Cli.Evaluate;

/// <summary>The table that <c>evaluate</c> prints: one line per method.</summary>
internal static class EvaluateTable
{
    private static readonly Column[] Columns =
    [
        new("method", AlignRight: false),
        new("PSNR"),
        new("PSNR Y"),
        new("SSIM"),
        new("MS-SSIM"),
        new("perceptual"),
        new("sharpness"),
        new("NMSE"),
        new("misfit"),
        new("median"),
        new("99 %"),
        new("z-update"),
        new("z error"),
        new("its."),
        new("parameters", AlignRight: false),
    ];

    /// <summary>Prints the table.</summary>
    public static void Write(CommandOutput output, EvaluateReport report)
    {
        output.Line(Caption(report));
        output.Table(Build(report));
        foreach (string certificate in Certificates(report))
        {
            output.Line(certificate);
        }
    }

    /// <summary>What the table is about, and its units.</summary>
    public static string Caption(EvaluateReport report) =>
        $"{report.Task}, {ImageSets.Images(report.Images)} of {report.Data}; PSNR in dB, time per image" + ScaledImages(report);

    /// <summary>The certificate of each method that has z-updates; none if they were not asked for.</summary>
    public static IEnumerable<string> Certificates(EvaluateReport report) => report.Methods
        .Where(method => report.IsCertified && method.SecondsZUpdateP50 is not null)
        .Select(method => $"certificate {method.Name}: " + Units.Certificate(
            method.Certificate, method.GuardedSteps, $"{method.Iterations * report.Images} z-updates"));

    /// <summary>Builds the table; the best value of each column is highlighted.</summary>
    public static TextTable Build(EvaluateReport report)
    {
        IReadOnlyList<MethodReport> methods = report.Methods;
        return new TextTable(Columns, [.. methods.Select(Row)]);

        Cell[] Row(MethodReport method) =>
        [
            method.Name,
            Emphasize("0.00", method.PsnrRgb, methods.Max(m => m.PsnrRgb)),
            Emphasize("0.00", method.PsnrY, methods.Max(m => m.PsnrY)),
            Emphasize("0.0000", method.Ssim, methods.Max(m => m.Ssim)),
            Emphasize("0.0000", method.MsSsim, methods.Max(m => m.MsSsim)),
            Emphasize("0.0000", method.Perceptual, methods.Min(m => m.Perceptual)),
            Emphasize("0.000", method.Sharpness, methods.MinBy(m => Math.Abs(m.Sharpness - 1))!.Sharpness),
            Emphasize("0.0000", method.Nmse, methods.Min(m => m.Nmse)),
            Emphasize("0.0000", method.Misfit, methods.Min(m => m.Misfit)),
            Units.Time(method.SecondsP50),
            Units.Time(method.SecondsP99),
            Units.Time(method.SecondsZUpdateP50),
            Units.Error(method.ZErrorPerIteration?.Max()),
            method.Iterations == 0 ? Units.None : method.Iterations.ToString(CultureInfo.InvariantCulture),
            string.Join(", ", method.Parameters.Select(Text)),
        ];
    }

    /// <summary>Of how many images the mean of MS-SSIM is, if not of all.</summary>
    private static string ScaledImages(EvaluateReport report) =>
        report.Methods is [{ MsSsimImages: > 0 and var count }, ..] && count < report.Images
            ? $"; MS-SSIM of the {ImageSets.Images(count)} with at least {ImageMetrics.LeastSideOfScales} pixels a side"
            : "";

    private static Cell Emphasize(string format, double value, double best) => double.IsFinite(value)
        ? new(value.ToString(format, CultureInfo.InvariantCulture), value == best ? CellStyle.Best : CellStyle.Plain)
        : new(Units.None);

    private static string Text(KeyValuePair<string, double> parameter) =>
        string.Create(CultureInfo.InvariantCulture, $"{parameter.Key} {parameter.Value:0.###e0}");
}
