using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;
using InfAdmm.Cli.Terminal;
using InfAdmm.Engine;

namespace InfAdmm.Cli;

/// <summary>One run of the command line: parses, dispatches, and turns every way to end into an exit code.</summary>
internal static class Application
{
    /// <summary>The version that <c>--version</c> and the reports give.</summary>
    public static string Version { get; } = typeof(Application).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>Runs a command line in this process.</summary>
    /// <param name="args">The arguments, without the name of the program.</param>
    /// <param name="stdout">Where results go.</param>
    /// <param name="stderr">Where notes, progress and errors go.</param>
    /// <param name="cancellation">Ends the command early, with <see cref="ExitCode.Interrupted"/>.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static int Run(
        string[] args, TextWriter stdout, TextWriter stderr, CancellationToken cancellation = default)
    {
        try
        {
            return Dispatch(args, new Streams(stdout, stderr), cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            stderr.WriteLine("interrupted");
            return ExitCode.Interrupted;
        }
        catch (Exception failure)
        {
            return Report(failure, stderr);
        }
    }

    private static int Dispatch(string[] args, Streams streams, CancellationToken cancellation)
    {
        RootCommand root = CommandTree.Create(streams, cancellation);
        ParseResult parsed = root.Parse(args);
        if (parsed.Action is ParseErrorAction)
        {
            streams.Error.WriteLine($"'{ParseErrors.HelpCommand(parsed)}' lists what is understood");
            streams.Error.WriteLine(ErrorLine(ParseErrors.Describe(parsed)));
            return ExitCode.Usage;
        }

        // Program handles signals, and Run translates exceptions.
        var invocation = new InvocationConfiguration
        {
            Output = streams.Out,
            Error = streams.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        try
        {
            return parsed.Invoke(invocation);
        }
        catch (InputException failure) when (OptionFor(failure, parsed.CommandResult.Command) is { } option)
        {
            throw new InputException($"{option}: {failure.Message}", failure);
        }
    }

    /// <summary>The command's option for the parameter that a library complains about; null if it has none.</summary>
    private static string? OptionFor(InputException failure, Command command) =>
        failure.Parameter is { } parameter
            ? command.Options.FirstOrDefault(option => option.Name == $"--{parameter}")?.Name
            : null;

    /// <summary>Prints what failed and gives its exit code; with INFADMM_DEBUG set, where it failed too.</summary>
    internal static int Report(Exception failure, TextWriter stderr)
    {
        if (Environment.GetEnvironmentVariable("INFADMM_DEBUG") is { Length: > 0 })
        {
            stderr.WriteLine(failure.ToString());
        }

        stderr.WriteLine(ErrorLine(failure.Message));
        return failure is InputException ? ExitCode.Usage : ExitCode.Failed;
    }

    /// <summary>Messages may have line breaks, from a path or a native library; the promise is one last line.</summary>
    internal static string ErrorLine(string message) =>
        "error: " + string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries
            | StringSplitOptions.TrimEntries));
}
