using InfAdmm.Conformance;

namespace InfAdmm.Kernels.Cpu.Tests;

/// <summary>
/// Every op of the CPU backend, compared with the double-precision reference, on every instruction set of this machine.
/// </summary>
public sealed class ConformanceTests
{
    public static TheoryData<SimdWidth, string> Cases
    {
        get
        {
            var data = new TheoryData<SimdWidth, string>();
            foreach (SimdWidth width in Enum.GetValues<SimdWidth>())
            {
                foreach (string name in Suite.Cases.Keys)
                {
                    data.Add(width, name);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Op_agrees_with_the_reference(SimdWidth width, string name)
    {
        Assert.SkipUnless(width <= CpuDevice.WidestWidth, $"no {(int)width}-bit vectors here");
        using CpuDevice device = CpuDevice.Create(threads: 2, width);
        Assert.Null(Suite.Check(device, Suite.Cases[name]));
    }
}
