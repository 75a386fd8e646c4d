using System.CommandLine;

namespace InfAdmm.Cli.Options;

/// <summary>
/// Declares each option of a command in one place. An options class has one property for each option; its initializer
/// both declares the option and reads its value. The class is created twice: first by <see cref="Declare"/>, which adds
/// the options to the command and returns placeholder values, and again after parsing, with the values from the command
/// line.
/// </summary>
internal sealed class OptionBinder
{
    private readonly Command _command;
    private readonly Dictionary<string, Symbol> _declared;
    private readonly bool _isRecursive;
    private readonly ParseResult? _parsed;

    private OptionBinder(
        Command command, Dictionary<string, Symbol> declared, bool isRecursive, ParseResult? parsed)
    {
        _command = command;
        _declared = declared;
        _isRecursive = isRecursive;
        _parsed = parsed;
    }

    /// <summary>Adds the options that a class declares to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="create">Creates the options class.</param>
    /// <param name="isRecursive">Whether subcommands have these options too.</param>
    /// <returns>A function that reads the options from a parsed command line.</returns>
    public static Func<ParseResult, TOptions> Declare<TOptions>(
        Command command, Func<OptionBinder, TOptions> create, bool isRecursive = false)
    {
        var declared = new Dictionary<string, Symbol>();
        create(new OptionBinder(command, declared, isRecursive, null));
        return parsed => create(new OptionBinder(command, declared, isRecursive, parsed));
    }

    /// <summary>Declares an optional option.</summary>
    /// <returns>The value; null if the option was not given.</returns>
    public T? Optional<T>(Option<T> option) => Bind(option) is { } bound ? _parsed!.GetValue(bound) : default;

    /// <summary>Declares a required option.</summary>
    public T Required<T>(Option<T?> option)
        where T : struct
    {
        option.Required = true;
        return Bind(option) is { } bound ? _parsed!.GetRequiredValue(bound)!.Value : default;
    }

    /// <summary>Declares a required option.</summary>
    public T Required<T>(Option<T> option)
        where T : class
    {
        option.Required = true;
        return Value(option);
    }

    /// <summary>Declares an option with a default, which the help shows.</summary>
    public T WithDefault<T>(Option<T?> option, T value)
        where T : struct
    {
        option.DefaultValueFactory = _ => value;
        return Bind(option) is { } bound ? _parsed!.GetRequiredValue(bound)!.Value : value;
    }

    /// <summary>Declares an option with a default, which the help shows.</summary>
    public T WithDefault<T>(Option<T> option, T value)
        where T : class
    {
        option.DefaultValueFactory = _ => value;
        return Value(option);
    }

    /// <summary>Declares an option whose value is the name of an enumeration value in lower case.</summary>
    /// <param name="name">The name of the option.</param>
    /// <param name="description">The text for the help.</param>
    /// <param name="byDefault">The value if the option is not given.</param>
    /// <param name="among">The allowed values; all values of the enumeration if none are listed.</param>
    public T Choice<T>(string name, string description, T byDefault, params T[] among)
        where T : struct, Enum
    {
        T[] values = among is [] ? Enum.GetValues<T>() : among;
        string[] names = [.. values.Select(OptionFactory.NameOf)];
        string typed = WithDefault(OptionFactory.Choice(name, description, names), OptionFactory.NameOf(byDefault));
        return typed is null ? byDefault : Enum.Parse<T>(typed, ignoreCase: true);
    }

    /// <summary>Declares an option without a value.</summary>
    /// <param name="name">The name of the option.</param>
    /// <param name="description">The text for the help.</param>
    /// <param name="aliases">Other names of the option.</param>
    public bool Flag(string name, string description, params string[] aliases) =>
        Optional(new Option<bool>(name, aliases) { Description = description });

    /// <summary>Declares the arguments of the command.</summary>
    /// <param name="name">Names them in the help.</param>
    /// <param name="description">The text for the help.</param>
    /// <param name="isRequired">Whether at least one must be given.</param>
    public IReadOnlyList<string> Arguments(string name, string description, bool isRequired = true)
    {
        if (_parsed is not null)
        {
            return _parsed.GetValue((Argument<string[]>)_declared[name]) ?? [];
        }

        var arguments = new Argument<string[]>(name)
        {
            Description = description,
            Arity = isRequired ? ArgumentArity.OneOrMore : ArgumentArity.ZeroOrMore,
        };
        _declared.Add(name, arguments);
        _command.Add(arguments);
        return [];
    }

    private T Value<T>(Option<T> option)
        where T : class => Bind(option) is { } bound ? _parsed!.GetRequiredValue(bound) : null!;

    /// <summary>Declares an option, or returns the declared one; returns null while declaring.</summary>
    private Option<T>? Bind<T>(Option<T> option)
    {
        if (_parsed is not null)
        {
            return (Option<T>)_declared[option.Name];
        }

        option.Recursive = _isRecursive;
        _declared.Add(option.Name, option);
        _command.Add(option);
        return null;
    }
}
