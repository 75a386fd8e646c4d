using InfAdmm.Storage;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using InfAdmm.Engine;

namespace InfAdmm.Cli.Terminal;

/// <summary>
/// All that a command says. Results go to stdout, unless the JSON report goes there: then they go to stderr. Notes and
/// progress go to stderr, and nowhere under <c>--quiet</c>.
/// </summary>
/// <param name="streams">Where to.</param>
/// <param name="options">What was asked for.</param>
internal sealed class CommandOutput(Streams streams, CommonOptions options)
{
    private const string Stdout = "-";

    private bool JsonTakesStdout => options.Json == Stdout;

    /// <summary>The directory that <c>--out</c> named, which exists; null if it was not given.</summary>
    public string? OutDirectory => options.Out;

    /// <summary>Makes sure before a long computation that its report and figures can be written.</summary>
    /// <exception cref="InputException">They cannot.</exception>
    public void CheckTargets()
    {
        if (options.Json is { } json && !JsonTakesStdout)
        {
            OptionErrors.Naming("--json", () => AtomicFile.CheckWritable(json));
        }

        if (options.Out is { } directory)
        {
            PrepareDirectory("--out", directory);
        }
    }

    /// <summary>Makes a directory that an option names, unless it is there.</summary>
    /// <exception cref="InputException">It cannot be made, or not be written to.</exception>
    public static void PrepareDirectory(string option, string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            string mend = File.Exists(directory) ? "a file has that name" : failure.Message;
            throw new InputException(
                $"{option}: cannot make the directory '{directory}': {mend}; choose another", failure);
        }

        OptionErrors.Naming(option, () => AtomicFile.CheckWritable(Path.Combine(directory, "report")));
    }

    /// <summary>A line of the results.</summary>
    public void Line(string text = "") => ResultWriter?.WriteLine(text);

    /// <summary>A table of the results.</summary>
    public void Table(TextTable table)
    {
        if (ResultWriter is not { } writer)
        {
            return;
        }

        if (JsonTakesStdout ? streams.ErrorIsTerminal : streams.OutIsTerminal)
        {
            TerminalOutput.Write(table, writer);
            return;
        }

        foreach (string line in table.Lines())
        {
            writer.WriteLine(line);
        }
    }

    /// <summary>A remark on stderr.</summary>
    public void Note(string text)
    {
        if (!options.Quiet)
        {
            streams.Error.WriteLine(text);
        }
    }

    /// <summary>Something that failed, while the command goes on: on stderr, with --quiet too.</summary>
    public void Error(string message) => streams.Error.WriteLine(Application.ErrorLine(message));

    /// <summary>Does work that reports how far it is.</summary>
    /// <param name="title">Names the work.</param>
    /// <param name="work">Does it, calling <see cref="ProgressLine.Update"/> now and then.</param>
    public void Progress(string title, Action<ProgressLine> work)
    {
        if (options.Quiet)
        {
            work(ProgressLine.Silent);
        }
        else if (streams.ErrorIsTerminal)
        {
            TerminalOutput.Progress(title, streams.Error, work);
        }
        else
        {
            work(ProgressLine.Plain(title, streams.Error));
        }
    }

    /// <summary>Writes the report if <c>--json</c> asks for it.</summary>
    public void Json<T>(T report, JsonTypeInfo<T> type)
    {
        if (options.Json is not { } target)
        {
            return;
        }

        string text = Serialize(report, type);
        if (JsonTakesStdout)
        {
            streams.Out.Write(text);
            streams.Out.Flush();
        }
        else
        {
            AtomicFile.WriteText(target, text);
        }
    }

    /// <summary>The report goes to a file or a pipe, never into HTML, so '+' and 'µ' may stay readable.</summary>
    private static string Serialize<T>(T report, JsonTypeInfo<T> type)
    {
        using var buffer = new MemoryStream();
        var format = new JsonWriterOptions
        {
            Indented = true,
            NewLine = "\n",
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        using (var writer = new Utf8JsonWriter(buffer, format))
        {
            JsonSerializer.Serialize(writer, report, type);
        }

        return Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
    }

    private TextWriter? ResultWriter => !JsonTakesStdout ? streams.Out : options.Quiet ? null : streams.Error;
}
