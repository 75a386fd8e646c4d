using System.Text;

namespace InfAdmm.Cli.Terminal;

/// <summary>How a cell is highlighted if colour is available.</summary>
internal enum CellStyle
{
    /// <summary>No highlighting.</summary>
    Plain,

    /// <summary>The best value of its column.</summary>
    Best,

    /// <summary>Less important than other cells.</summary>
    Dim,
}

/// <summary>A cell of a table.</summary>
internal readonly record struct Cell(string Text, CellStyle Style = CellStyle.Plain)
{
    /// <summary>A plain cell.</summary>
    public static implicit operator Cell(string text) => new(text);
}

/// <summary>A column: its header, the alignment of its cells, and whether their text may take several lines.</summary>
internal readonly record struct Column(string Header, bool AlignRight = true, bool IsLong = false);

/// <summary>A table, independent of its presentation. Rows have one cell per column.</summary>
internal sealed record TextTable(IReadOnlyList<Column> Columns, IReadOnlyList<IReadOnlyList<Cell>> Rows)
{
    /// <summary>The length of the longest text in each column.</summary>
    public int[] Widths() =>
    [
        .. Columns.Select((column, i) => Rows.Select(row => row[i].Text.Length).Append(column.Header.Length).Max()),
    ];

    /// <summary>Returns aligned lines without decoration, with two spaces between columns.</summary>
    public IEnumerable<string> Lines()
    {
        int[] widths = Widths();
        yield return Line([.. Columns.Select(column => column.Header)], widths);
        foreach (IReadOnlyList<Cell> row in Rows)
        {
            yield return Line([.. row.Select(cell => cell.Text)], widths);
        }
    }

    private string Line(string[] texts, int[] widths)
    {
        var line = new StringBuilder();
        for (int i = 0; i < texts.Length; i++)
        {
            string gap = i == 0 ? "" : "  ";
            string padded = Columns[i].AlignRight ? texts[i].PadLeft(widths[i]) : texts[i].PadRight(widths[i]);
            line.Append(gap).Append(padded);
        }

        return line.ToString().TrimEnd();
    }
}
