using InfAdmm.Conformance;

namespace InfAdmm.Kernels.Cuda.Tests;

/// <summary>
/// Every op of the CUDA backend against the double-precision reference, through cuDNN, cuBLAS and cuFFT where they
/// serve, and by our kernels alone.
/// </summary>
public sealed class ConformanceTests
{
    public static TheoryData<bool, string> Cases => Of(Suite.Cases.Values);

    public static TheoryData<bool, string> RecordableCases => Of(Suite.Cases.Values.Where(item => item.IsRecordable));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Op_agrees_with_the_reference(bool libraries, string name)
    {
        using CudaDevice device = Gpu.Create(new CudaOptions { UseLibraries = libraries });
        Assert.Null(Suite.Check(device, Suite.Cases[name]));
    }

    /// <summary>The same case recorded: what a graph replays is what the ops compute.</summary>
    [Theory]
    [MemberData(nameof(RecordableCases))]
    public void A_recorded_op_agrees_with_the_reference(bool libraries, string name)
    {
        using CudaDevice device = Gpu.Create(new CudaOptions { UseLibraries = libraries });
        Assert.Null(Suite.Check(device, Recorded(Suite.Cases[name])));
    }

    private static TheoryData<bool, string> Of(IEnumerable<OpCase> items)
    {
        var data = new TheoryData<bool, string>();
        foreach (OpCase item in items)
        {
            data.Add(true, item.Name);
            data.Add(false, item.Name);
        }

        return data;
    }

    private static OpCase Recorded(OpCase item) => new()
    {
        Name = item.Name,
        Inputs = item.Inputs,
        Outputs = item.Outputs,
        Reference = item.Reference,
        Tolerance = item.Tolerance,
        Fill = item.Fill,
        Run = (device, inputs, outputs) =>
        {
            using Engine.Recording recording = device.Record(() => item.Run(device, inputs, outputs));
            recording.Launch();
        },
    };
}
