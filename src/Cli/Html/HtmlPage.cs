using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using InfAdmm.Cli.Devices;
using InfAdmm.Cli.Terminal;

namespace InfAdmm.Cli.Html;

/// <summary>
/// A report as one HTML file that loads nothing: style, script and pictures are part of it. It is built from top to bottom.
/// </summary>
internal sealed class HtmlPage
{
    private const int LongestJson = 1 << 20;

    private readonly string _title;
    private readonly StringBuilder _body = new();

    /// <summary>Begins a page with its title, the command line, the version, the device and the date.</summary>
    public HtmlPage(string title, string commandLine, ReportedDevice device)
    {
        _title = title;
        Add(Markup.Of($"<h1>{title}</h1>\n<pre class=\"command\"><code>{commandLine}</code></pre>\n"));
        AddFacts(
        [
            ("version", Application.Version),
            ("device", device.Name),
            ("threads", device.Threads.ToString(CultureInfo.InvariantCulture)),
            ("system", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.OSArchitecture}"),
            ("date", DateTimeOffset.Now.ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture)),
        ]);
    }

    /// <summary>Appends markup.</summary>
    public void Add(Markup markup) => _body.Append(markup.Text);

    /// <summary>Begins a section.</summary>
    public void AddHeading(string text) => Add(Markup.Of($"<h2>{text}</h2>\n"));

    /// <summary>Appends a remark.</summary>
    public void AddNote(string text) => Add(Markup.Of($"<p class=\"note\">{text}</p>\n"));

    /// <summary>Appends names with their values.</summary>
    public void AddFacts(IEnumerable<(string Name, string Value)> facts)
    {
        IEnumerable<Markup> pairs = facts.Select(fact =>
            Markup.Of($"<div><dt>{fact.Name}</dt><dd>{fact.Value}</dd></div>\n"));
        Add(Markup.Of($"<dl class=\"facts\">\n{pairs}</dl>\n"));
    }

    /// <summary>Appends the properties of a JSON object with their values.</summary>
    public void AddFacts(JsonElement values) => AddFacts(values.EnumerateObject().Select(property =>
        (property.Name.Replace('_', ' '), property.Value.ValueKind == JsonValueKind.Null
            ? Units.None
            : property.Value.ToString())));

    /// <summary>Appends a table, which scrolls in a box of its own.</summary>
    /// <param name="name">What it shows, for screen readers.</param>
    /// <param name="table">The table.</param>
    public void AddTable(string name, TextTable table)
    {
        IEnumerable<Markup> head = table.Columns.Select(column =>
            Markup.Of($"<th scope=\"col\" class=\"{ClassOf(column)}\">{column.Header}</th>"));
        IEnumerable<Markup> rows = table.Rows.Select(row => Markup.Of($"<tr>{row.Select(ToCell)}</tr>\n"));
        Add(Markup.Of(
            $"<div class=\"scroll\" role=\"region\" aria-label=\"{name}\" tabindex=\"0\"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n"));

        Markup ToCell(Cell cell, int column)
        {
            string style = cell.Style == CellStyle.Plain ? "" : " " + cell.Style.ToString().ToLowerInvariant();
            return Markup.Of($"<td class=\"{ClassOf(table.Columns[column]) + style}\">{cell.Text}</td>");
        }
    }

    /// <summary>Appends the report as <c>--json</c> writes it, folded up; a very long one is left out.</summary>
    public void AddJson(string json)
    {
        if (json.Length > LongestJson)
        {
            AddNote("The values of all iterations are too many for this page; --json FILE writes them.");
            return;
        }

        Add(Markup.Of(
            $"<details><summary>All values, as JSON</summary><pre class=\"json\" tabindex=\"0\">{Markup.Lines(json)}</pre></details>\n"));
    }

    /// <summary>The whole page.</summary>
    public override string ToString() => HtmlFile.Resource("page.html")
        .Replace("{{style}}", HtmlFile.Resource("page.css"), StringComparison.Ordinal)
        .Replace("{{script}}", HtmlFile.Resource("page.js"), StringComparison.Ordinal)
        .Replace("{{title}}", Markup.Of($"{_title}").Text, StringComparison.Ordinal)
        .Replace("{{body}}", _body.ToString(), StringComparison.Ordinal);

    private static string ClassOf(Column column) => column.AlignRight ? "number" : column.IsLong ? "long" : "text";
}
