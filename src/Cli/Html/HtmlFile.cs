using System.Text;
using InfAdmm.Cli.Terminal;
using InfAdmm.Engine;
using InfAdmm.Storage;

namespace InfAdmm.Cli.Html;

/// <summary>The file <c>report.html</c> in the folder of <c>--out</c>.</summary>
internal static class HtmlFile
{
    /// <summary>Its name.</summary>
    public const string Name = "report.html";

    private const int LongestHead = 1024;

    private static readonly string Signature =
        Resource("page.html").Split('\n').First(line => line.Contains("\"generator\"", StringComparison.Ordinal));

    /// <summary>
    /// Checks, before a long computation, that the file can be written, and that it does not replace what another program
    /// wrote.
    /// </summary>
    /// <param name="output">Names the folder; without one, nothing is checked.</param>
    /// <exception cref="InputException">The file cannot be written; the message says why.</exception>
    public static void Check(CommandOutput output)
    {
        if (output.OutDirectory is not { } directory)
        {
            return;
        }

        string path = PathIn(directory);
        OptionErrors.Naming("--out", () => AtomicFile.CheckWritable(path));
        output.CheckReportIsNot([path]);
        if (FileKinds.Of(path) == FileKind.Regular && !IsOurs(path))
        {
            throw new InputException(
                $"--out: '{path}' is not a report of this program, and would be replaced; rename it or choose another folder");
        }
    }

    /// <summary>Writes the file.</summary>
    /// <returns>Its path.</returns>
    public static string Write(string directory, HtmlPage page)
    {
        string path = PathIn(directory);
        AtomicFile.WriteText(path, page.ToString());
        return path;
    }

    /// <summary>The text of a file that is part of every page.</summary>
    public static string Resource(string name)
    {
        using Stream stream = typeof(HtmlFile).Assembly.GetManifestResourceStream($"Html/{name}")
            ?? throw new InvalidOperationException($"the program lacks {name}");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private static string PathIn(string directory) => Path.Combine(directory, Name);

    /// <summary>Whether this program wrote the file; an empty one is replaced too.</summary>
    private static bool IsOurs(string path)
    {
        byte[] head = new byte[LongestHead];
        using FileStream stream = File.OpenRead(path);
        int length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        return length == 0 || Encoding.UTF8.GetString(head, 0, length).Contains(Signature, StringComparison.Ordinal);
    }
}
