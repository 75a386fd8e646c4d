using System.Globalization;
using InfAdmm.Cli.Html;
using InfAdmm.Cli.Terminal;

namespace InfAdmm.Cli.Restore;

/// <summary>The page <c>report.html</c> of <c>restore</c>.</summary>
internal static class RestorePage
{
    /// <summary>The most pictures that are compared with their measurements.</summary>
    public const int MostPictures = 24;

    // With longer file names and reasons than usual, some 500 bytes each.
    private const int MostRows = 2000;

    private static readonly (Column Column, Func<RestoredFile, string> Text)[] Columns =
    [
        (new("file", AlignRight: false), file => file.File),
        (new("restored", AlignRight: false), file => file.Output ?? Units.None),
        (new("error", AlignRight: false, IsLong: true), file => file.Error ?? Units.None),
        (new("pixels"), file => file.Width is { } width ? $"{width}×{file.Height}" : Units.None),
        (new("time"), file => Units.Time(file.Seconds)),
        (new("iterations"), file => Text(file.Iterations)),
        (new("z-updates"), file => Text(file.ZUpdates)),
        (new("guarded"), file => Text(file.GuardedSteps)),
        (new("z error"), file => Units.Error(file.Certificate)),
        (new("weights", AlignRight: false), file => file.Weights ?? Units.None),
    ];

    /// <summary>Builds the page.</summary>
    /// <param name="report">The results.</param>
    /// <param name="commandLine">The command line that they are from.</param>
    /// <param name="pictures">The first pictures with their measurements.</param>
    public static HtmlPage Build(RestoreReport report, string commandLine, Gallery pictures)
    {
        var page = new HtmlPage("infadmm restore", commandLine, report.Device);
        int restored = report.Files.Count(file => file.Output is not null);
        page.AddHeading("Pictures");
        page.AddNote(
            $"{restored} of {report.Files.Count} files restored" +
            (pictures.Count < restored ? $"; the first {pictures.Count} are shown" : ""));
        page.Add(pictures.Render());
        page.AddHeading("Files");
        AddFiles(page, report);
        page.AddFacts([("task", report.Task), ("weights", report.Weights)]);
        page.AddJson(CommandOutput.Serialize(report, ReportJson.Default.RestoreReport));
        return page;
    }

    /// <summary>Lists the files, those that failed first.</summary>
    private static void AddFiles(HtmlPage page, RestoreReport report)
    {
        RestoredFile[] shown = [.. report.Files.OrderBy(file => file.Error is null).Take(MostRows)];
        if (shown.Length < report.Files.Count)
        {
            page.AddNote($"{shown.Length} of {report.Files.Count} files are listed; --json FILE writes all.");
        }

        // Columns without a value, such as that of errors, are left out.
        (Column Column, Func<RestoredFile, string> Text)[] columns =
        [
            .. Columns.Where(column => shown.Any(file => column.Text(file) != Units.None)),
        ];
        page.AddTable("files", new TextTable(
            [.. columns.Select(column => column.Column)],
            [.. shown.Select(file => (Cell[])[.. columns.Select(column => column.Text(file))])]));
    }

    private static string Text(int? count) => count?.ToString(CultureInfo.InvariantCulture) ?? Units.None;
}
