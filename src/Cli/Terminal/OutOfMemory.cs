using System.CommandLine;
using InfAdmm.Engine;

namespace InfAdmm.Cli.Terminal;

/// <summary>The message for a command that needs more memory than there is: it names the option to change.</summary>
internal static class OutOfMemory
{
    // With a smaller value of these, a command needs less memory; the most useful first.
    private static readonly string[] Deciding = ["--tile", "--batch", "--crop", "--size", "--channels"];

    /// <summary>The option with which a command needs less memory; null if it has none.</summary>
    public static string? OptionOf(Command command) =>
        Deciding.FirstOrDefault(name => command.Options.Any(option => option.Name == name));

    /// <summary>Whether a failure is a lack of memory.</summary>
    public static bool Is(Exception failure) =>
        failure is OutOfMemoryException or DeviceException { IsOutOfMemory: true };

    /// <summary>The message for a lack of memory.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="option">The option with which less memory is needed; null if the command has no such option.</param>
    public static string Describe(Exception failure, string? option)
    {
        string what = failure is DeviceException ? failure.Message : "out of memory";
        return what + (option is null ? ": use a smaller picture" : $": use a smaller value for {option}");
    }
}
