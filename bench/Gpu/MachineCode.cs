using System.Globalization;

namespace InfAdmm.Bench.Gpu;

/// <summary>What <c>native/sass-report.sh</c> says of a kernel.</summary>
/// <param name="WarpsPerMultiprocessor">How many warps fit on a multiprocessor at a time.</param>
/// <param name="Instructions">The instructions of its machine code.</param>
internal sealed record MachineCode(int WarpsPerMultiprocessor, int Instructions)
{
    /// <summary>Reads the table of an architecture from the report.</summary>
    /// <param name="file">The report, in Markdown.</param>
    /// <param name="architecture">The architecture, such as sm_90.</param>
    /// <exception cref="InvalidDataException">The file has no such table.</exception>
    public static IReadOnlyDictionary<string, MachineCode> Read(string file, string architecture)
    {
        string[][] rows =
        [
            .. File.ReadLines(file).SkipWhile(line => line != $"## {architecture}").Skip(1)
                .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
                .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
                .Select(line => line.Split('|', StringSplitOptions.TrimEntries)[1..^1]),
        ];
        if (rows.Length < 2)
        {
            throw new InvalidDataException($"{file} has no table of {architecture}");
        }

        int warps = Array.IndexOf(rows[0], "warps per SM");
        int instructions = Array.IndexOf(rows[0], "instructions");
        return rows[1..].ToDictionary(
            row => row[0],
            row => new MachineCode(Number(row[warps]), Number(row[instructions])));
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
