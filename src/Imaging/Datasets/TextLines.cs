using InfAdmm.Storage;

namespace InfAdmm.Imaging.Datasets;

/// <summary>Reads lists in text files.</summary>
public static class TextLines
{
    /// <summary>Returns the lines that are not blank, trimmed, with their line numbers from 1.</summary>
    public static IEnumerable<(int Number, string Line)> Read(string path) =>
        InputFile.ReadLines(path)
            .Select((line, index) => (Number: index + 1, Line: line.Trim()))
            .Where(numbered => numbered.Line.Length > 0);
}
