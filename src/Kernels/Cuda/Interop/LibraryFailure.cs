using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cuda.Interop;

/// <summary>Creates the exception for a failed native call.</summary>
internal static class LibraryFailure
{
    /// <summary>
    /// The exception with the source text of the call on one line, its status and the text of the library.
    /// </summary>
    public static DeviceException Of(string call, int status, string? text)
    {
        string line = string.Join(' ', call.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return new DeviceException($"{line}: {text} ({status})");
    }
}
