using System.CommandLine;
using InfAdmm.Cli.Options;

namespace InfAdmm.Cli.Tests;

/// <summary>Creates option objects from a command line.</summary>
internal static class ParsedOptions
{
    /// <summary>The common options; options that are not given have their defaults.</summary>
    public static CommonOptions Common(params string[] args) =>
        Read(new RootCommand(), options => new CommonOptions(options), args);

    /// <summary>The options that a class declares.</summary>
    public static TOptions Read<TOptions>(
        RootCommand command, Func<OptionBinder, TOptions> create, params string[] args)
    {
        Func<ParseResult, TOptions> read = OptionBinder.Declare(command, create);
        ParseResult parsed = command.Parse(args);
        Assert.Empty(parsed.Errors);
        return read(parsed);
    }
}
