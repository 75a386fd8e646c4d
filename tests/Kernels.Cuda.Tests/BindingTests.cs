using System.Reflection;
using System.Runtime.InteropServices;

namespace InfAdmm.Kernels.Cuda.Tests;

/// <summary>Every function that the backend binds is there in the stand-in; all of them are called by some test.</summary>
public sealed class BindingTests
{
    public static TheoryData<string> Functions => [.. BoundFunctions.All];

    [Theory]
    [MemberData(nameof(Functions))]
    public void The_library_has_the_bound_function(string function)
    {
        Gpu.NeedStandIn();
        Assert.Contains(function, StandIn.Functions);
    }
}

/// <summary>The entry points of all P/Invokes of the backend.</summary>
internal static class BoundFunctions
{
    public static IEnumerable<string> All =>
        from type in typeof(CudaDevice).Assembly.GetTypes()
        from method in type.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)
        let import = method.GetCustomAttribute<LibraryImportAttribute>()
        where import is not null
        select import.EntryPoint ?? method.Name;
}
