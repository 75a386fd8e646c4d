using System.Runtime.CompilerServices;

namespace InfAdmm.Kernels.Ilgpu.Tests;

/// <summary>ILGPU looks for the drivers once, when the first context is made, which may be a test's own.</summary>
internal static class Drivers
{
    [ModuleInitializer]
    internal static void MakeKnown() => NativeLibraryNames.Register();
}
