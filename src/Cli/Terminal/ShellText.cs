namespace InfAdmm.Cli.Terminal;

/// <summary>A command line as text that a POSIX shell splits into the same words.</summary>
internal static class ShellText
{
    private const string Plain = "-_./:=,@%+";

    /// <summary>The words, quoted where the shell would change them.</summary>
    public static string Of(IEnumerable<string> words) => string.Join(' ', words.Select(Quote));

    private static string Quote(string word) =>
        word.Length > 0 && word.All(character => char.IsLetterOrDigit(character) || Plain.Contains(character))
            ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
