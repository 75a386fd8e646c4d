using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using InfAdmm.Storage;

namespace InfAdmm.Cli.Options;

/// <summary>
/// Creates options whose values are checked during parsing, with errors that name the option, the accepted values and
/// the value given. Numbers are read in the invariant culture. The value of an option that is not given is null.
/// </summary>
internal static class OptionFactory
{
    /// <summary>An integer in [minimum, maximum].</summary>
    public static Option<int?> Integer(
        string name, string helpName, string description, int minimum, int maximum = int.MaxValue)
    {
        string range = maximum == int.MaxValue ? $"of at least {minimum}" : $"from {minimum} to {maximum}";
        return Create<int?>(name, helpName, description, text =>
            StrictNumber.TryParse(text, out int value)
                && value >= minimum && value <= maximum
                ? value
                : throw new FormatException($"must be a whole number {range}"));
    }

    /// <summary>A seed: an unsigned 64-bit integer.</summary>
    public static Option<ulong?> Seed(string name, string helpName, string description) =>
        Create<ulong?>(name, helpName, description, text =>
            ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value)
                ? value
                : throw new FormatException($"must be a whole number from 0 to {ulong.MaxValue}"));

    /// <summary>A finite number above 0 and at most <paramref name="maximum"/>.</summary>
    public static Option<double?> Positive(
        string name, string helpName, string description, double maximum = double.PositiveInfinity)
    {
        string range = double.IsInfinity(maximum)
            ? "above 0"
            : string.Create(CultureInfo.InvariantCulture, $"above 0 and at most {maximum}");
        return Create<double?>(name, helpName, description, text =>
            StrictNumber.TryParse(text, out double value) && value > 0 && value <= maximum
                ? value
                : throw new FormatException($"must be a number {range}, like 0.01 or 3e-4"));
    }

    /// <summary>Finite numbers above 0, separated by commas.</summary>
    public static Option<IReadOnlyList<double>> PositiveList(string name, string helpName, string description) =>
        Create<IReadOnlyList<double>>(name, helpName, description, text =>
        [
            .. text.Split(',').Select(part =>
                StrictNumber.TryParse(part, out double value) && value > 0
                    ? value
                    : throw new FormatException("must be numbers above 0 with commas between them, like 1e-3,0.01")),
        ]);

    /// <summary>Different whole numbers of at least 1, separated by commas.</summary>
    public static Option<IReadOnlyList<int>> IntegerList(string name, string helpName, string description) =>
        Create<IReadOnlyList<int>>(name, helpName, description, text =>
        {
            int[] values =
            [
                .. text.Split(',').Select(part => StrictNumber.TryParse(part, out int value) && value >= 1
                    ? value
                    : throw new FormatException("must be whole numbers from 1 with commas between them, like 1,3,5")),
            ];
            return CheckNotTwice(values);
        });

    /// <summary>Two finite numbers above 0, separated by a colon.</summary>
    public static Option<(double First, double Last)?> PositivePair(string name, string helpName, string description) =>
        Create<(double, double)?>(name, helpName, description, text =>
            text.Split(':') is [var first, var last]
                && StrictNumber.TryParse(first, out double from) && StrictNumber.TryParse(last, out double to)
                && from > 0 && to > 0
                ? (from, to)
                : throw new FormatException("must be two numbers above 0 with a colon between them, like 0.1:0.01"));

    /// <summary>A number from 0 to <paramref name="maximum"/>.</summary>
    public static Option<double?> NonNegative(string name, string helpName, string description, double maximum) =>
        Create<double?>(name, helpName, description, text =>
            StrictNumber.TryParse(text, out double value) && value >= 0 && value <= maximum
                ? value
                : throw new FormatException(
                    string.Create(CultureInfo.InvariantCulture, $"must be a number from 0 to {maximum}, like 0.01")));

    /// <summary>One of a list of words.</summary>
    public static Option<string> Choice(string name, string description, params string[] known)
    {
        Option<string> option = Create(name, string.Join('|', known), description, text =>
            known.Contains(text) ? text : throw new FormatException($"must be one of {string.Join(", ", known)}"));
        option.CompletionSources.Add(known);
        return option;
    }

    /// <summary>Several of a list of words, separated by commas, each at most once.</summary>
    public static Option<IReadOnlyList<string>> Choices(string name, string description, params string[] known)
    {
        return Create<IReadOnlyList<string>>(name, "NAME,…", $"{description} Of {string.Join(", ", known)}.", text =>
        {
            string[] values = text.Split(',', StringSplitOptions.TrimEntries);
            if (values.FirstOrDefault(value => !known.Contains(value)) is { } unknown)
            {
                throw new FormatException($"does not take '{unknown}'; it takes any of {string.Join(", ", known)}");
            }

            return CheckNotTwice(values);
        });
    }

    /// <summary>A text that is not empty, such as a file, a directory or a name.</summary>
    /// <param name="name">The name of the option.</param>
    /// <param name="helpName">The placeholder of the value in the help.</param>
    /// <param name="description">The text for the help.</param>
    /// <param name="check">Returns what is wrong with a value; null if it is valid.</param>
    public static Option<string> Text(
        string name, string helpName, string description, Func<string, string?>? check = null)
    {
        return Create(name, helpName, description, text =>
        {
            string? complaint = text.Length == 0 ? "must not be empty" : check?.Invoke(text);
            return complaint is null ? text : throw new FormatException(complaint);
        });
    }

    /// <summary>Files; the option may be given more than once.</summary>
    public static Option<IReadOnlyList<string>> Files(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "FILE",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = result =>
        {
            if (result.Tokens.Any(token => token.Value.Length == 0))
            {
                result.AddError($"{name} must not be empty");
            }

            return [.. result.Tokens.Select(token => token.Value)];
        },
    };

    /// <summary>A file or a directory that the command writes.</summary>
    public static Option<string> Output(string name, string helpName, string description) => new OutputOption(name)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = result => Parse(
            name, result, text => text.Length > 0 ? text : throw new FormatException("must not be empty")),
    };

    /// <summary>Returns the command-line name of an enumeration value: its name in lower case.</summary>
    public static string NameOf<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static T[] CheckNotTwice<T>(T[] values) =>
        values.GroupBy(value => value).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw new FormatException($"lists '{twice.Key}' twice: list it once")
            : values;

    private static Option<T> Create<T>(string name, string helpName, string description, Func<string, T> convert)
    {
        return new Option<T>(name)
        {
            Description = description,
            HelpName = helpName,
            CustomParser = result => Parse(name, result, convert),
        };
    }

    private static T? Parse<T>(string name, ArgumentResult result, Func<string, T> convert)
    {
        string text = result.Tokens[0].Value;
        try
        {
            return convert(text);
        }
        catch (FormatException complaint)
        {
            result.AddError($"{name} {complaint.Message}; got '{text}'");
            return default;
        }
    }
}
