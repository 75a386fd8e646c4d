using Spectre.Console;
using Spectre.Console.Rendering;

namespace InfAdmm.Cli.Terminal;

/// <summary>Output on a terminal. The only file that refers to Spectre.Console.</summary>
internal static class TerminalOutput
{
    /// <summary>
    /// Writes a table with colours, and with a frame if it fits. If the terminal is too narrow for either, plain lines
    /// are written: they stay readable when the terminal wraps them, while wrapped cells do not.
    /// </summary>
    /// <param name="table">The table.</param>
    /// <param name="writer">The terminal.</param>
    /// <param name="columns">The width of the terminal; null for the actual one.</param>
    public static void Write(TextTable table, TextWriter writer, int? columns = null)
    {
        IAnsiConsole console = Console(writer);
        console.Profile.Width = columns ?? console.Profile.Width;
        int width = table.Widths().Sum();
        if (width + table.Columns.Count > console.Profile.Width)
        {
            foreach (string line in table.Lines())
            {
                writer.WriteLine(line);
            }

            return;
        }

        bool framed = width + 3 * table.Columns.Count + 1 <= console.Profile.Width;
        var shown = new Table { Border = framed ? TableBorder.Rounded : TableBorder.None };
        foreach (Column column in table.Columns)
        {
            var header = new TableColumn(new Text(column.Header, new Style(decoration: Decoration.Bold)))
            {
                Padding = new Padding(framed ? 1 : 0, 0, 1, 0),
                NoWrap = column.AlignRight,
                Alignment = column.AlignRight ? Justify.Right : Justify.Left,
            };
            shown.AddColumn(header);
        }

        foreach (IReadOnlyList<Cell> row in table.Rows)
        {
            shown.AddRow(row.Select(cell => new Text(cell.Text, StyleOf(cell.Style))));
        }

        console.Write(shown);
    }

    /// <summary>Shows a progress bar while work runs.</summary>
    /// <param name="title">Names the work.</param>
    /// <param name="writer">The terminal.</param>
    /// <param name="work">
    /// Does the work; called with the progress, and with a function that writes a line above the bar. A line that is
    /// written in another way is erased with the bar.
    /// </param>
    public static void Progress(string title, TextWriter writer, Action<ProgressLine, Action<string>> work)
    {
        IAnsiConsole console = Console(writer);

        // Refreshed on the working thread: a refresh thread would compete with the device's worker threads.
        console.Progress().AutoRefresh(false).AutoClear(true).Start(context =>
        {
            ProgressTask task = context.AddTask(Markup.Escape(title), maxValue: 1);
            work(
                new ProgressLine(Show, TimeSpan.FromMilliseconds(250)),
                text => console.Write(new LineAboveProgress(text)));

            void Show(double fraction, string status)
            {
                task.Value = fraction;
                task.Description = Markup.Escape($"{title} {status}".TrimEnd());
                context.Refresh();
            }
        });
    }

    /// <summary>A line that erases what the bar left on the screen below it.</summary>
    private sealed class LineAboveProgress(string text) : Renderable
    {
        private const string EraseBelow = "\u001b[0J";

        protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth) =>
        [
            Segment.Control(EraseBelow),
            .. ((IRenderable)new Text(text)).Render(options, maxWidth),
            Segment.LineBreak,
        ];
    }

    private static IAnsiConsole Console(TextWriter writer) =>
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });

    private static Style StyleOf(CellStyle style) => style switch
    {
        CellStyle.Best => new Style(Color.Green, decoration: Decoration.Bold),
        CellStyle.Dim => new Style(Color.Grey),
        _ => Style.Plain,
    };
}
