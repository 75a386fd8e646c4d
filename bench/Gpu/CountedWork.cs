using InfAdmm.Conformance;
using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Kernels.Cuda;

namespace InfAdmm.Bench.Gpu;

/// <summary>
/// Work of realistic size for the stand-in to count, each once and with the hand-written kernels alone: the large
/// cases of the conformance suite, networks, and two ADMM iterations by z-solver. Nothing is timed or compared.
/// </summary>
internal static class CountedWork
{
    private const int Size = 256;
    private const int Iterations = 2;

    public static void Run(TextWriter text)
    {
        using CudaDevice device = CudaDevice.Create(new CudaOptions { UseLibraries = false });
        foreach (OpCase item in Suite.Large.Values)
        {
            text.WriteLine(item.Name);
            using var scope = new TensorScope(device);
            Tensor[] inputs = [.. item.MakeInputs().Select((v, i) => scope.Add(device.Allocate(item.Inputs[i], v)))];
            Tensor[] outputs = [.. item.Outputs.Select(scope.Allocate)];
            item.Run(device, inputs, outputs);
            device.Synchronize();
        }

        foreach (NetworkNode network in new[]
        {
            BenchNetworks.Mnist(batch: 16), BenchNetworks.AutoEncoder(batch: 1, Size), BenchNetworks.Inverse(Size / 4),
        })
        {
            using var scope = new TensorScope(device);
            using InferencePlan plan = device.Compile(network);
            text.WriteLine(plan.Description);
            Tensor[] inputs = [.. plan.InputShapes.Select(shape => scope.Add(device.AllocateZeros(shape)))];
            plan.Run(inputs, scope.Allocate(plan.OutputShape));
            device.Synchronize();
        }

        AdmmBySolver.Run(device, Size, one =>
        {
            text.WriteLine($"ADMM, {one.Solver}");
            one.Admm.Run(Iterations, relative: 0);
        });
    }
}
