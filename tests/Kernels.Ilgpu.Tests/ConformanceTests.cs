using InfAdmm.Conformance;

namespace InfAdmm.Kernels.Ilgpu.Tests;

/// <summary>
/// Every op of the ILGPU backend, compared with the double-precision reference: on its CPU accelerator, and on the
/// first CUDA and OpenCL devices if there are any.
/// </summary>
public sealed class ConformanceTests
{
    private static readonly AcceleratorKind[] Others = [AcceleratorKind.Cuda, AcceleratorKind.OpenCl];

    public static TheoryData<string> Cases => [.. Suite.Cases.Keys];

    public static TheoryData<AcceleratorKind, string> CasesOnOthers
    {
        get
        {
            var data = new TheoryData<AcceleratorKind, string>();
            foreach (AcceleratorKind kind in Others)
            {
                IlgpuProbe probe = IlgpuDevice.Probe(kind);
                if (probe.Available)
                {
                    Suite.Cases.Keys.ToList().ForEach(name => data.Add(kind, name));
                }
                else
                {
                    // One skip instead of hundreds.
                    data.Add(new TheoryDataRow<AcceleratorKind, string>(kind, "every case") { Skip = probe.Reason });
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Op_agrees_with_the_reference(string name) => Check(AcceleratorKind.Cpu, name);

    [Theory]
    [MemberData(nameof(CasesOnOthers))]
    public void Op_agrees_with_the_reference_on(AcceleratorKind kind, string name) => Check(kind, name);

    private static void Check(AcceleratorKind kind, string name)
    {
        using IlgpuDevice device = IlgpuDevice.Create(kind);
        Assert.Null(Suite.Check(device, Suite.Cases[name]));
    }
}
