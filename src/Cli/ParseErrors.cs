using System.CommandLine;

namespace InfAdmm.Cli;

/// <summary>Turns the parse errors of System.CommandLine into one line that says how to fix the command line.</summary>
internal static class ParseErrors
{
    /// <summary>Describes the most useful of the errors.</summary>
    public static string Describe(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        if (parsed.UnmatchedTokens.Count > 0)
        {
            return DescribeUnmatched(command, parsed.UnmatchedTokens[0]);
        }

        if (command.Subcommands.Count > 0 && command.Action is null)
        {
            return $"'{Path(command)}' needs a command: {string.Join(", ", command.Subcommands.Select(c => c.Name))}";
        }

        return parsed.Errors[0].Message;
    }

    /// <summary>Returns the command that prints the help for the parsed command.</summary>
    public static string HelpCommand(ParseResult parsed) => $"{Path(parsed.CommandResult.Command)} --help";

    private static string DescribeUnmatched(Command command, string token)
    {
        bool isOption = token.StartsWith('-');
        string[] known = isOption
            ? [.. OptionsOf(command).Select(option => option.Name)]
            : [.. command.Subcommands.Select(subcommand => subcommand.Name)];
        string what = isOption ? "option" : known.Length > 0 ? "command" : "argument";
        string? nearest = known.MinBy(name => Distance(name, token));
        string advice = nearest is not null && Distance(nearest, token) <= Math.Max(2, token.Length / 3)
            ? $": did you mean '{nearest}'?"
            : what == "command" ? $": one of {string.Join(", ", known)}" : "";
        return $"'{Path(command)}' takes no {what} '{token}'{advice}";
    }

    private static IEnumerable<Option> OptionsOf(Command command)
    {
        IEnumerable<Option> inherited = command.Parents.OfType<Command>()
            .SelectMany(parent => OptionsOf(parent).Where(option => option.Recursive));
        return command.Options.Concat(inherited);
    }

    private static string Path(Command command)
    {
        Command? parent = command.Parents.OfType<Command>().FirstOrDefault();
        return parent is null ? CommandTree.ExecutableName : $"{Path(parent)} {command.Name}";
    }

    /// <summary>The edit distance of two words: insertions, deletions and substitutions (Levenshtein).</summary>
    private static int Distance(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
        {
            row[j] = j;
        }

        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
