using InfAdmm.Conformance;

namespace InfAdmm.Kernels.Ilgpu.Tests;

/// <summary>Every op of the ILGPU backend against the double-precision reference, on its CPU accelerator.</summary>
public sealed class ConformanceTests
{
    public static TheoryData<string> Cases => [.. Suite.Cases.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Op_agrees_with_the_reference(string name)
    {
        using IlgpuDevice device = IlgpuDevice.Create(AcceleratorKind.Cpu);
        Assert.Null(Suite.Check(device, Suite.Cases[name]));
    }
}
