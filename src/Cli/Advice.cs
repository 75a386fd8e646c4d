using InfAdmm.Engine;

namespace InfAdmm.Cli;

/// <summary>
/// Adds options and commands to the messages of the library, which names files and parameters but does not know the
/// command line.
/// </summary>
internal static class Advice
{
    /// <summary>Calls the library; what it refuses is reported with this text after its message.</summary>
    /// <exception cref="InputException">The library refused.</exception>
    public static T After<T>(string advice, Func<T> call)
    {
        try
        {
            return call();
        }
        catch (InputException failure)
        {
            throw new InputException(failure.Message + advice, failure);
        }
    }

    /// <summary>Calls the library; what it refuses is reported with an option before its message.</summary>
    /// <exception cref="InputException">The library refused.</exception>
    public static T Before<T>(string option, Func<T> call)
    {
        try
        {
            return call();
        }
        catch (InputException failure)
        {
            throw new InputException(option + failure.Message, failure);
        }
    }
}
