using InfAdmm.Engine;

namespace InfAdmm.Cli;

/// <summary>Adds to an error of a library the option that it is about: libraries do not know the command line.</summary>
internal static class OptionErrors
{
    /// <summary>Runs an action on the value of an option.</summary>
    /// <exception cref="InputException">The action's own, its message beginning with the option.</exception>
    public static void Naming(string option, Action action) => Naming(option, () =>
    {
        action();
        return true;
    });

    /// <summary>Runs a function on the value of an option.</summary>
    /// <exception cref="InputException">The function's own, its message beginning with the option.</exception>
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
