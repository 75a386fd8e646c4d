using System.Text.RegularExpressions;
using InfAdmm.Cli.Terminal;

namespace InfAdmm.Cli.Tests;

/// <summary>Tables on terminals of several widths.</summary>
public sealed partial class TableWidthTests
{
    private static readonly TextTable Example = new(
        [new Column("method", AlignRight: false), .. Enumerable.Range(1, 8).Select(i => new Column($"column {i}"))],
        [
            ["a method with a name", .. Enumerable.Range(1, 8).Select(i => new Cell($"{1000 * i}.25", CellStyle.Best))],
            ["another", .. Enumerable.Range(1, 8).Select(i => new Cell("–", CellStyle.Dim))],
        ]);

    [Theory]
    [InlineData(40, 3, false)]
    [InlineData(80, 3, false)]
    [InlineData(100, 3, false)]
    [InlineData(120, 6, true)]
    [InlineData(200, 6, true)]
    public void A_row_is_one_line_and_no_cell_is_cut(int columns, int lines, bool framed)
    {
        using var writer = new StringWriter();

        TerminalOutput.Write(Example, writer, columns);

        string[] shown = EscapeSequence().Replace(writer.ToString(), "").TrimEnd().Split('\n');
        string row = Assert.Single(shown, line => line.Contains("1000.25", StringComparison.Ordinal));
        Assert.All(Example.Rows[0], cell => Assert.Contains(cell.Text, row, StringComparison.Ordinal));
        Assert.Equal(lines, shown.Count(line => line.Trim().Length > 0));
        Assert.Equal(framed, row.Contains('│', StringComparison.Ordinal));
        if (columns >= Example.Widths().Sum() + Example.Columns.Count)
        {
            Assert.All(shown, line => Assert.True(line.TrimEnd().Length <= columns, $"'{line}' exceeds {columns}"));
        }
    }

    [GeneratedRegex("\u001b\\[[0-9;]*m")]
    private static partial Regex EscapeSequence();
}
