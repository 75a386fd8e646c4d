using InfAdmm.Engine;

namespace InfAdmm.Cli;

/// <summary>
/// Adds commands and options to library messages, which name files and parameters but do not know the command line.
/// (<see cref="Application"/> adds the option for <see cref="InputException.Parameter"/>.)
/// </summary>
internal static class Advice
{
    /// <summary>Calls the library, and appends this advice to the message of an <see cref="InputException"/>.</summary>
    /// <exception cref="InputException">The library rejected its input.</exception>
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
