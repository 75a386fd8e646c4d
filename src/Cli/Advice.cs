using InfAdmm.Engine;

namespace InfAdmm.Cli;

/// <summary>
/// Adds commands and options to messages of the library, which names files and parameters but does not know the command
/// line. (The option for <see cref="InputException.Parameter"/> is added by <see cref="Application"/>.)
/// </summary>
internal static class Advice
{
    /// <summary>Calls the library; what it refuses is reported with this text after its message.</summary>
    /// <exception cref="InputException">The library refused.</exception>
    public static T Add<T>(string advice, Func<T> call)
    {
        try
        {
            return call();
        }
        catch (InputException failure)
        {
            throw new InputException(failure.Message + advice, failure) { Parameter = failure.Parameter };
        }
    }
}
