using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using InfAdmm.Engine;
using InfAdmm.Storage;

namespace InfAdmm.Cli.Terminal;

/// <summary>
/// The output of a command. Results go to stdout, or to stderr if the JSON report goes to stdout. Notes and progress go
/// to stderr, and are suppressed by <c>--quiet</c>.
/// </summary>
/// <param name="streams">The output streams.</param>
/// <param name="options">The common options.</param>
internal sealed class CommandOutput(Streams streams, CommonOptions options)
{
    private const string Stdout = "-";

    private Action<string>? _writeAboveProgress;
    private bool _createdDirectory;
    private bool _isSilent;
    private string _errorPrefix = "";

    private bool JsonTakesStdout => options.Json == Stdout;

    /// <summary>The command line, as a shell would read it again.</summary>
    public string CommandLine { get; init; } = "";

    /// <summary>The directory given with <c>--out</c>, which exists; null if none was given.</summary>
    public string? OutDirectory => _isSilent ? null : options.Out;

    /// <summary>The output of a process that works for another one: only errors, each with a prefix.</summary>
    /// <param name="prefix">Names the process.</param>
    public CommandOutput Silenced(string prefix) =>
        new(streams with { Out = TextWriter.Null }, options) { _isSilent = true, _errorPrefix = prefix };

    /// <summary>Checks, before a long computation, that its report and figures can be written.</summary>
    /// <exception cref="InputException">A file cannot be written.</exception>
    public void CheckTargets()
    {
        if (JsonTakesStdout && ReferenceEquals(streams.Out, TextWriter.Null))
        {
            throw new InputException("--json: stdout is closed; give a file instead of '-'");
        }

        if (options.Out is { } directory)
        {
            _createdDirectory = !Directory.Exists(directory);
            PrepareDirectory("--out", directory);
        }

        if (options.Json is { } json && !JsonTakesStdout)
        {
            OptionErrors.Naming("--json", () => AtomicFile.CheckWritable(json));
        }
    }

    /// <summary>Checks that the report does not go to a file that the command writes itself.</summary>
    /// <exception cref="InputException">It does.</exception>
    public void CheckReportIsNot(IEnumerable<string> results)
    {
        if (options.Json is { } json && !JsonTakesStdout
            && results.FirstOrDefault(result => FileIdentity.OfTarget(result) == FileIdentity.OfTarget(json)) is { } same)
        {
            throw new InputException($"--json: '{same}' is a result of this command; choose another file");
        }
    }

    /// <summary>Opens stdin and stdout for a command whose frames they carry.</summary>
    /// <exception cref="InputException">One of them cannot be used, or the report goes to stdout.</exception>
    public (Stream Input, Stream Output) OpenPipes()
    {
        if (JsonTakesStdout)
        {
            throw new InputException("--json: stdout carries the frames; give a file instead of '-'");
        }

        return (streams.OpenInput(), streams.OpenOutput());
    }

    /// <summary>Removes the directory given with <c>--out</c> if this command created it and wrote nothing there.</summary>
    public void RemoveUnusedDirectory()
    {
        if (_createdDirectory && Directory.Exists(options.Out) && !Directory.EnumerateFileSystemEntries(options.Out).Any())
        {
            Directory.Delete(options.Out);
        }
    }

    /// <summary>Creates the directory that an option names, if it does not exist.</summary>
    /// <exception cref="InputException">The directory cannot be created or written to.</exception>
    public static void PrepareDirectory(string option, string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            string reason = File.Exists(directory) ? "a file has that name" : failure.Message;
            throw new InputException(
                $"{option}: cannot create the directory '{directory}': {reason}; choose another", failure);
        }

        OptionErrors.Naming(option, () => AtomicFile.CheckDirectory(directory));
    }

    /// <summary>Writes a line of the results.</summary>
    public void Line(string text = "") => ResultWriter?.WriteLine(PrintableText.Of(text));

    /// <summary>Writes a table of the results.</summary>
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

    /// <summary>Writes a note to stderr.</summary>
    public void Note(string text)
    {
        if (!options.Quiet && !_isSilent)
        {
            ErrorLine(PrintableText.Of(text));
        }
    }

    /// <summary>Writes an error after which the command continues, to stderr, even with <c>--quiet</c>.</summary>
    public void Error(string message) => ErrorLine(Application.ErrorLine(_errorPrefix + message));

    /// <summary>Runs work that reports its progress.</summary>
    /// <param name="title">The name of the work.</param>
    /// <param name="work">The work; it calls <see cref="ProgressLine.Update"/> periodically.</param>
    public void Progress(string title, Action<ProgressLine> work)
    {
        if (options.Quiet || _isSilent)
        {
            work(ProgressLine.Silent);
        }
        else if (streams.ErrorIsTerminal)
        {
            TerminalOutput.Progress(title, streams.Error, (line, writeLine) =>
            {
                _writeAboveProgress = writeLine;
                try
                {
                    work(line);
                }
                finally
                {
                    _writeAboveProgress = null;
                }
            });
        }
        else
        {
            work(ProgressLine.Plain(title, streams.Error));
        }
    }

    /// <summary>Writes the report if <c>--json</c> was given.</summary>
    public void Json<T>(T report, JsonTypeInfo<T> type)
    {
        if (_isSilent || options.Json is not { } target)
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

    /// <summary>
    /// Serializes a report as <see cref="Json"/> writes it. It is not part of a script, so that '+' and 'µ' need no escapes.
    /// </summary>
    public static string Serialize<T>(T report, JsonTypeInfo<T> type)
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

    private void ErrorLine(string text)
    {
        if (_writeAboveProgress is { } write)
        {
            write(text);
        }
        else
        {
            streams.Error.WriteLine(text);
        }
    }

    private TextWriter? ResultWriter => _isSilent ? null : !JsonTakesStdout ? streams.Out : options.Quiet ? null : streams.Error;
}
