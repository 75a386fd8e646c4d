using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cuda.Interop;

/// <summary>Makes the error of a failed native call.</summary>
internal static class LibraryFailure
{
    /// <summary>The call as it stands in the source, on one line, its status and the library's text.</summary>
    public static DeviceException Of(string call, int status, string? text)
    {
        string line = string.Join(' ', call.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return new DeviceException($"{line}: {text} ({status})");
    }
}
