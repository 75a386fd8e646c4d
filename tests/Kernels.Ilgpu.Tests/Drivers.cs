using System.Runtime.CompilerServices;

namespace InfAdmm.Kernels.Ilgpu.Tests;

/// <summary>ILGPU searches for the drivers once, when the first context is created, possibly by a test.</summary>
internal static class Drivers
{
    [ModuleInitializer]
    internal static void MakeKnown() => NativeLibraryNames.Register();
}
