using InfAdmm.Conformance;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cuda.Tests;

/// <summary>The kernels compiled for the CPU, and their PTX executed, on every case of the conformance suite.</summary>
public sealed class SameBitsTests
{
    /// <summary>
    /// Catches a compiler that fuses a product with a sum, and PTX that is not that of the source: the tests of the kernels
    /// compiled for the CPU then say little about what a GPU gets.
    /// </summary>
    [Fact]
    public void The_PTX_has_the_bits_of_the_kernels_compiled_for_the_CPU()
    {
        Gpu.NeedStandIn();
        Assert.SkipWhen(StandIn.RunsPtx, "needs the kernels compiled for the CPU");
        using CudaDevice compiled = Gpu.Create(new CudaOptions { UseLibraries = false });
        OpCase[] cases = [.. Suite.Cases.Values];
        float[][][] expected = [.. cases.Select(item => Run(compiled, item))];
        using IDisposable setting = StandIn.UsePtx();
        using CudaDevice executed = Gpu.Create(new CudaOptions { UseLibraries = false });

        string[] different =
        [
            .. cases.Where((item, i) => !Run(executed, item).Zip(expected[i]).All(
                pair => pair.First.Zip(pair.Second).All(
                    both => BitConverter.SingleToInt32Bits(both.First) == BitConverter.SingleToInt32Bits(both.Second))))
                .Select(item => item.Name),
        ];

        Assert.Empty(different);
    }

    private static float[][] Run(CudaDevice device, OpCase item)
    {
        using var scope = new TensorScope(device);
        Tensor[] inputs = [.. item.MakeInputs().Select((v, i) => scope.Add(device.Allocate(item.Inputs[i], v)))];
        Tensor[] outputs = [.. item.Outputs.Select(shape => scope.Add(device.AllocateZeros(shape)))];
        item.Run(device, inputs, outputs);
        return [.. outputs.Select(output => output.ToArray())];
    }
}
