using System.Reflection;
using System.Runtime.InteropServices;

namespace InfAdmm.Kernels.Ilgpu;

/// <summary>
/// Lets ILGPU find the drivers on Linux. ILGPU loads libOpenCL.so and libcuda.so, names that only development packages
/// install; drivers install libOpenCL.so.1 and libcuda.so.1.
/// </summary>
internal static class NativeLibraryNames
{
    /// <summary>
    /// Registers the names. To be called before the first ILGPU context is created, which looks for the drivers.
    /// </summary>
    public static void Register()
    {
        try
        {
            NativeLibrary.SetDllImportResolver(typeof(ILGPU.Context).Assembly, Resolve);
        }
        catch (InvalidOperationException)
        {
            // Already registered, or the program has its own resolver for ILGPU: only one is allowed.
        }
    }

    /// <summary>The file name that a driver installs; null for other libraries and systems.</summary>
    internal static string? Installed(string library) => (OperatingSystem.IsLinux(), library) switch
    {
        (true, "OpenCL") => "libOpenCL.so.1",
        (true, "cuda") => "libcuda.so.1",
        _ => null,
    };

    /// <summary>Zero falls back to the search of the runtime.</summary>
    private static nint Resolve(string library, Assembly assembly, DllImportSearchPath? searchPath) =>
        Installed(library) is { } name && NativeLibrary.TryLoad(name, assembly, searchPath, out nint handle)
            ? handle
            : 0;
}
