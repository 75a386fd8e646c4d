using System.Reflection;
using System.Runtime.InteropServices;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda.Tests;

/// <summary>Every bound function is exported by the library that it is declared for.</summary>
public sealed class BindingTests
{
    // Only in newer drivers; its presence is checked before it is called.
    private static readonly string[] Optional = ["cuEventElapsedTime_v2", "cuFuncLoad"];

    public static TheoryData<string> Libraries =>
        [NativeLibraries.Cuda, NativeLibraries.Cudnn, NativeLibraries.Cublas, NativeLibraries.Cufft, NativeLibraries.Nccl];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Bound_functions_are_exported(string library)
    {
        NativeLibrarySearch search = NativeLibraries.Find(library);
        Assert.SkipUnless(search.IsFound, search.Tried);
        string[] missing =
            [.. Bound(library).Except(Optional).Where(name => !NativeLibraries.Exports(library, name))];
        Assert.Equal([], missing);
    }

    [Fact]
    public void The_driver_is_bound()
    {
        Assert.Contains("cuLaunchKernel", Bound(NativeLibraries.Cuda));
    }

    private static IEnumerable<string> Bound(string library)
    {
        return typeof(NativeLibraries).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(
                BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Select(method => (method.Name, Import: method.GetCustomAttribute<LibraryImportAttribute>()))
            .Where(found => found.Import?.LibraryName == library)
            .Select(found => found.Import!.EntryPoint ?? found.Name);
    }
}
