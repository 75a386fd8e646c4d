using System.Reflection;
using System.Runtime.InteropServices;

namespace InfAdmm.Kernels.Ilgpu;

/// <summary>
/// Lets ILGPU find the drivers on Linux. It asks for libOpenCL.so and libcuda.so, names that only the packages for
/// developers bring; what a driver installs is libOpenCL.so.1 and libcuda.so.1.
/// </summary>
internal static class NativeLibraryNames
{
    /// <summary>Makes the names known. Call it before the first context of ILGPU, which looks for the drivers.</summary>
    public static void Register()
    {
        try
        {
            NativeLibrary.SetDllImportResolver(typeof(ILGPU.Context).Assembly, Resolve);
        }
        catch (InvalidOperationException)
        {
            // Called before, or the program has its own resolver for ILGPU: only one may be.
        }
    }

    /// <summary>The file's name as a driver installs it; null for other libraries and systems.</summary>
    internal static string? Installed(string library) => (OperatingSystem.IsLinux(), library) switch
    {
        (true, "OpenCL") => "libOpenCL.so.1",
        (true, "cuda") => "libcuda.so.1",
        _ => null,
    };

    /// <summary>Zero lets the runtime look as it would have.</summary>
    private static nint Resolve(string library, Assembly assembly, DllImportSearchPath? searchPath) =>
        Installed(library) is { } name && NativeLibrary.TryLoad(name, assembly, searchPath, out nint handle) ? handle : 0;
}
