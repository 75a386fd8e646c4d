using System.CommandLine;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Storage;

namespace InfAdmm.Cli.Options;

/// <summary>The files that a command line names.</summary>
internal static class CommandFiles
{
    private static readonly EnumerationOptions WholeFolder = new()
    {
        RecurseSubdirectories = true,
        IgnoreInaccessible = true,
    };

    /// <summary>
    /// The files that the command reads: what arguments and options other than <see cref="OutputOption"/> name, and in
    /// folders that options name everything that can belong to a data set. A folder among the arguments is an archive,
    /// whose command protects the pictures that it finds there.
    /// </summary>
    public static IEnumerable<string> Inputs(ParseResult parsed) =>
        Values(parsed, output: false).SelectMany(entry =>
            !Directory.Exists(entry.Value) ? Enumerable.Repeat(entry.Value, File.Exists(entry.Value) ? 1 : 0)
            : entry.Option.StartsWith('-') ? Directory.EnumerateFiles(entry.Value, "*", WholeFolder).Where(IsData)
            : []);

    /// <summary>Checks that no two options name the same file to write.</summary>
    /// <exception cref="InputException">Two do.</exception>
    public static void CheckOutputs(ParseResult parsed)
    {
        var outputs = new Dictionary<FileIdentity, string>();
        foreach ((string option, string path) in Values(parsed, output: true))
        {
            // The value of --json for stdout.
            if (path != "-" && !Directory.Exists(path) && !outputs.TryAdd(FileIdentity.OfTarget(path), option))
            {
                throw new InputException(
                    $"{option}: '{path}' is also what {outputs[FileIdentity.OfTarget(path)]} names; choose another file");
            }
        }
    }

    private static IEnumerable<(string Option, string Value)> Values(ParseResult parsed, bool output)
    {
        for (Symbol? at = parsed.CommandResult.Command; at is Command command; at = command.Parents.FirstOrDefault())
        {
            IEnumerable<(string, string)> options = command.Options
                .Where(option => option is OutputOption == output)
                .SelectMany(option => (parsed.GetResult(option)?.Tokens ?? []).Select(token => (option.Name, token.Value)));
            IEnumerable<(string, string)> arguments = output
                ? []
                : command.Arguments.SelectMany(argument =>
                    (parsed.GetResult(argument)?.Tokens ?? []).Select(token => (argument.Name, token.Value)));
            foreach ((string, string) entry in options.Concat(arguments))
            {
                yield return entry;
            }
        }
    }

    private static bool IsData(string path) =>
        ImageFile.HasPictureExtension(path) || Path.GetExtension(path) is ".txt" or ".csv" or ".gz" or ".npy"
            || path.Contains("ubyte", StringComparison.Ordinal);
}
