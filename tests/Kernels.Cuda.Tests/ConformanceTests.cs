using InfAdmm.Conformance;

namespace InfAdmm.Kernels.Cuda.Tests;

/// <summary>
/// Every op of the CUDA backend against the double-precision reference, through cuDNN, cuBLAS and cuFFT where they
/// serve, and by our kernels alone.
/// </summary>
public sealed class ConformanceTests
{
    public static TheoryData<bool, string> Cases
    {
        get
        {
            var data = new TheoryData<bool, string>();
            foreach (bool libraries in new[] { true, false })
            {
                foreach (string name in Suite.Cases.Keys)
                {
                    data.Add(libraries, name);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Op_agrees_with_the_reference(bool libraries, string name)
    {
        Gpu.Need();
        using CudaDevice device = CudaDevice.Create(new CudaOptions { UseLibraries = libraries });
        Assert.Null(Suite.Check(device, Suite.Cases[name]));
    }

    /// <summary>The same case recorded: what a graph replays is what the ops compute.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void A_recorded_op_agrees_with_the_reference(bool libraries, string name)
    {
        Gpu.Need();
        using CudaDevice device = CudaDevice.Create(new CudaOptions { UseLibraries = libraries });
        Assert.Null(Suite.Check(device, Recorded(Suite.Cases[name])));
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
