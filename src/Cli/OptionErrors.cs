using InfAdmm.Engine;

namespace InfAdmm.Cli;

/// <summary>
/// Prefixes a library's error message with the option that it is about: libraries do not know the command line.
/// </summary>
internal static class OptionErrors
{
    /// <summary>Runs an action that uses the value of an option.</summary>
    /// <exception cref="InputException">The action failed; the message starts with the option.</exception>
    public static void Naming(string option, Action action) => Naming(option, () =>
    {
        action();
        return true;
    });

    /// <summary>Runs a function that uses the value of an option.</summary>
    /// <exception cref="InputException">The function failed; the message starts with the option.</exception>
    public static T Naming<T>(string option, Func<T> function)
    {
        try
        {
            return function();
        }
        catch (InputException failure)
        {
            throw new InputException($"{option}: {failure.Message}", failure);
        }
    }
}
