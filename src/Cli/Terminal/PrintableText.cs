using System.Globalization;
using System.Text;

namespace InfAdmm.Cli.Terminal;

/// <summary>
/// Text that may quote file names and the contents of damaged files, made safe for a terminal: control characters could
/// change its settings or what it shows.
/// </summary>
internal static class PrintableText
{
    private const int MaxLength = 4000;

    /// <summary>
    /// The text on one line: line breaks become spaces, other control and formatting characters become \u escapes, and
    /// what exceeds 4,000 characters is cut off.
    /// </summary>
    public static string Of(string text)
    {
        string line = string.Join(' ', text.Split(
            ['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        string shown = line.Length > MaxLength ? line[..MaxLength] + "…" : line;
        if (!shown.Any(IsUnsafe))
        {
            return shown;
        }

        var safe = new StringBuilder();
        foreach (char character in shown)
        {
            if (IsUnsafe(character))
            {
                safe.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            }
            else
            {
                safe.Append(character);
            }
        }

        return safe.ToString();
    }

    private static bool IsUnsafe(char character) =>
        char.IsControl(character) || char.GetUnicodeCategory(character) == UnicodeCategory.Format;
}
