using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;
using InfAdmm.Cli.Terminal;
using InfAdmm.Engine;

namespace InfAdmm.Cli;

/// <summary>
/// One run of the command line: parses the arguments, runs the command, and maps every outcome to an exit code.
/// </summary>
internal static class Application
{
    /// <summary>The version that <c>--version</c> and the reports state.</summary>
    public static string Version { get; } = typeof(Application).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>Runs a command line in this process.</summary>
    /// <param name="args">The arguments, without the program name.</param>
    /// <param name="stdout">The destination of results.</param>
    /// <param name="stderr">The destination of notes, progress and errors.</param>
    /// <param name="cancellation">
    /// Interrupts the command, which then returns <see cref="ExitCode.Interrupted"/>.
    /// </param>
    /// <returns>An exit code from <see cref="ExitCode"/>.</returns>
    public static int Run(
        string[] args, TextWriter stdout, TextWriter stderr, CancellationToken cancellation = default) =>
        Run(args, new Streams(stdout, stderr), cancellation);

    /// <summary>Runs a command line in this process, which may read and write bytes.</summary>
    /// <param name="args">The arguments, without the program name.</param>
    /// <param name="streams">The input and the outputs.</param>
    /// <param name="cancellation">
    /// Interrupts the command, which then returns <see cref="ExitCode.Interrupted"/>.
    /// </param>
    /// <returns>An exit code from <see cref="ExitCode"/>.</returns>
    public static int Run(string[] args, Streams streams, CancellationToken cancellation)
    {
        try
        {
            return Dispatch(args, streams, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            streams.Error.WriteLine("interrupted");
            return ExitCode.Interrupted;
        }
        catch (Exception failure)
        {
            return Report(failure, streams.Error);
        }
    }

    private static int Dispatch(string[] args, Streams streams, CancellationToken cancellation)
    {
        RootCommand root = CommandTree.Create(streams, cancellation);
        ParseResult parsed = root.Parse(args);
        HideReplaced(root, parsed.CommandResult.Command);
        if (parsed.Action is ParseErrorAction)
        {
            streams.Error.WriteLine($"'{ParseErrors.HelpCommand(parsed)}' lists the valid options and arguments");
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
        catch (Exception failure) when (OutOfMemory.Is(failure))
        {
            string? option = OutOfMemory.OptionOf(parsed.CommandResult.Command);
            throw new DeviceException(OutOfMemory.Describe(failure, option), failure);
        }
    }

    /// <summary>Leaves common options out of the help of a command that has its own of the same name.</summary>
    private static void HideReplaced(RootCommand root, Command command)
    {
        foreach (Option common in root.Options.Where(common => command != root
            && command.Options.Any(option => option.Name == common.Name)))
        {
            common.Hidden = true;
        }
    }

    /// <summary>
    /// Returns the option of the command that sets the parameter named in the error; null if there is none.
    /// </summary>
    private static string? OptionFor(InputException failure, Command command) =>
        failure.Parameter is { } parameter
            ? command.Options.FirstOrDefault(option => option.Name == $"--{parameter}")?.Name
            : null;

    /// <summary>
    /// Prints the error and returns its exit code; prints the stack trace too if INFADMM_DEBUG is set.
    /// </summary>
    internal static int Report(Exception failure, TextWriter stderr)
    {
        if (Environment.GetEnvironmentVariable("INFADMM_DEBUG") is { Length: > 0 })
        {
            stderr.WriteLine(failure.ToString());
        }

        stderr.WriteLine(ErrorLine(failure.Message));
        return failure is InputException ? ExitCode.Usage : ExitCode.Failed;
    }

    /// <summary>An error is one line, also where paths and native libraries contain line breaks.</summary>
    internal static string ErrorLine(string message) => "error: " + PrintableText.Of(message);
}
