using System.CommandLine;

namespace InfAdmm.Cli.Options;

/// <summary>
/// Declares each option of a command in one place. A class of options has one property for each option, whose
/// initializer both declares the option and reads its value. The class is created twice: first by
/// <see cref="Declare"/>, which adds the options to the command and gives placeholder values, and again after parsing,
/// with the values that were typed.
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

    /// <summary>Adds to a command the options that a class declares.</summary>
    /// <param name="command">The command.</param>
    /// <param name="create">Creates the class of options.</param>
    /// <param name="isRecursive">Whether the commands below it have these options too.</param>
    /// <returns>Reads the options from a parsed command line.</returns>
    public static Func<ParseResult, TOptions> Declare<TOptions>(
        Command command, Func<OptionBinder, TOptions> create, bool isRecursive = false)
    {
        var declared = new Dictionary<string, Symbol>();
        create(new OptionBinder(command, declared, isRecursive, null));
        return parsed => create(new OptionBinder(command, declared, isRecursive, parsed));
    }

    /// <summary>An option that may be left out.</summary>
    /// <returns>The value; null if the option was not given.</returns>
    public T? Optional<T>(Option<T> option) => Bind(option) is { } bound ? _parsed!.GetValue(bound) : default;

    /// <summary>An option that must be given.</summary>
    public T Required<T>(Option<T?> option)
        where T : struct
    {
        option.Required = true;
        return Bind(option) is { } bound ? _parsed!.GetRequiredValue(bound)!.Value : default;
    }

    /// <summary>An option that must be given.</summary>
    public T Required<T>(Option<T> option)
        where T : class
    {
        option.Required = true;
        return Value(option);
    }

    /// <summary>An option with a default, which the help shows.</summary>
    public T WithDefault<T>(Option<T?> option, T value)
        where T : struct
    {
        option.DefaultValueFactory = _ => value;
        return Bind(option) is { } bound ? _parsed!.GetRequiredValue(bound)!.Value : value;
    }

    /// <summary>An option with a default, which the help shows.</summary>
    public T WithDefault<T>(Option<T> option, T value)
        where T : class
    {
        option.DefaultValueFactory = _ => value;
        return Value(option);
    }

    /// <summary>An option that takes the name of one value of an enumeration, in lower case.</summary>
    /// <param name="name">Of the option.</param>
    /// <param name="description">For the help.</param>
    /// <param name="byDefault">The value if the option is not given.</param>
    /// <param name="among">The values that it takes; all if there are none.</param>
    public T Choice<T>(string name, string description, T byDefault, params T[] among)
        where T : struct, Enum
    {
        T[] values = among is [] ? Enum.GetValues<T>() : among;
        string[] names = [.. values.Select(OptionFactory.NameOf)];
        string typed = WithDefault(OptionFactory.Choice(name, description, names), OptionFactory.NameOf(byDefault));
        return typed is null ? byDefault : Enum.Parse<T>(typed, ignoreCase: true);
    }

    /// <summary>An option without a value.</summary>
    /// <param name="name">Of the option.</param>
    /// <param name="description">For the help.</param>
    /// <param name="aliases">Other names of the option.</param>
    public bool Flag(string name, string description, params string[] aliases) =>
        Optional(new Option<bool>(name, aliases) { Description = description });

    /// <summary>The arguments of the command, at least one.</summary>
    public IReadOnlyList<string> Arguments(string name, string description)
    {
        if (_parsed is not null)
        {
            return _parsed.GetRequiredValue((Argument<string[]>)_declared[name]);
        }

        var arguments = new Argument<string[]>(name) { Description = description, Arity = ArgumentArity.OneOrMore };
        _declared.Add(name, arguments);
        _command.Add(arguments);
        return [];
    }

    private T Value<T>(Option<T> option)
        where T : class => Bind(option) is { } bound ? _parsed!.GetRequiredValue(bound) : null!;

    /// <summary>Declares an option, or finds the one that was declared; null while declaring.</summary>
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
