using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Kernels.Cpu;
using InfAdmm.Nn.Layers;
using InfAdmm.Nn.Networks;
using InfAdmm.Solvers.Inverse;

namespace InfAdmm.Kernels.Cuda.Tests;

/// <summary>Whole networks on the CUDA backend, compared with the CPU backend.</summary>
public sealed class NetworkTests
{
    private const double Tolerance = 1e-5;

    public static TheoryData<string, bool> Networks => new()
    {
        { "cpsdae", true }, { "cpsdae", false }, { "cpsdae, full-size condition", true }, { "inverse", true },
        { "inverse", false }, { "mnist", true }, { "mnist", false },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_network_gives_what_it_gives_on_the_cpu(string name, bool libraries)
    {
        Gpu.Need();
        NetworkNode network = Network(name);
        using CpuDevice cpu = CpuDevice.Create(threads: 1);
        using CudaDevice cuda = CudaDevice.Create(new CudaOptions { UseLibraries = libraries });
        float[] expected = Run(cpu, network, runs: 1)[0];
        foreach (float[] actual in Run(cuda, network, runs: 2))
        {
            Gpu.AssertClose(expected, actual, Tolerance);
        }
    }

    [Fact]
    public void A_forward_pass_is_one_graph_launch()
    {
        Gpu.NeedStandIn();
        using CudaDevice device = CudaDevice.Create();
        using var scope = new TensorScope(device);
        using InferencePlan plan = device.Compile(Network("cpsdae"));
        Tensor[] inputs = [.. plan.InputShapes.Select(shape => scope.Add(device.AllocateZeros(shape)))];
        Tensor output = scope.Allocate(plan.OutputShape);
        plan.Run(inputs, output);
        device.Synchronize();
        StandIn.ResetCounts();
        plan.Run(inputs, output);
        Assert.Equal(1, StandIn.Count("cuGraphLaunch"));
        Assert.Equal(0, StandIn.Count("cuLaunchKernel"));
        Assert.Equal(0, StandIn.Count("cuMemAllocAsync"));
        Assert.Equal(0, StandIn.Count("cuStreamSynchronize"));
    }

    /// <summary>A plan caches graphs by the addresses of its operands: other tensors must give other results.</summary>
    [Fact]
    public void A_plan_serves_other_tensors()
    {
        Gpu.Need();
        NetworkNode network = Network("inverse");
        using CudaDevice device = CudaDevice.Create();
        using var scope = new TensorScope(device);
        using InferencePlan plan = device.Compile(network);
        for (ulong i = 0; i < 12; i++)
        {
            Tensor input = scope.Allocate(plan.InputShapes[0]);
            device.FillNormal(seed: 3, i, input);
            Tensor output = scope.Allocate(plan.OutputShape);
            plan.Run(input, output);
            plan.Run(input, output);
            using var reference = new OpByOpPlan(device, network);
            Tensor expected = scope.Allocate(plan.OutputShape);
            reference.Run(input, expected);
            Gpu.AssertClose(expected.ToArray(), output.ToArray(), Tolerance);
        }
    }

    private static NetworkNode Network(string name)
    {
        using CpuDevice host = CpuDevice.Create(threads: 1);
        switch (name)
        {
            case "mnist":
                using (var network = new MnistAutoEncoder(host))
                {
                    HeNormal.Initialize(network, seed: 5);
                    return network.Trace(NetworkNode.Input(new Shape(2, 1, 28, 28)));
                }

            case "inverse":
                using (var network = new InverseNetwork(host, InverseArchitecture.Paper))
                {
                    network.Initialize(seed: 5);
                    return network.Trace(NetworkNode.Input(new Shape(2, 1, 9, 11)));
                }

            default:
                bool fullSize = name != "cpsdae";
                var image = new Shape(1, 3, 24, 36);
                using (var network = new PixelShuffleAutoEncoder(host, 4, 3, conditionChannels: fullSize ? 48 : 3))
                {
                    HeNormal.Initialize(network, seed: 5);
                    return network.Trace(
                        NetworkNode.Input(image), NetworkNode.Input(fullSize ? image : image.Downsampled(4), index: 1));
                }
        }
    }

    private static float[][] Run(Device device, NetworkNode network, int runs)
    {
        using var scope = new TensorScope(device);
        using InferencePlan plan = device.Compile(network);
        Tensor[] inputs = [.. plan.InputShapes.Select(scope.Allocate)];
        for (int i = 0; i < inputs.Length; i++)
        {
            device.FillNormal(seed: 11, (ulong)i, inputs[i]);
        }

        Tensor output = scope.Allocate(plan.OutputShape);
        var results = new float[runs][];
        for (int run = 0; run < runs; run++)
        {
            device.Fill(float.NaN, output);
            plan.Run(inputs, output);
            results[run] = output.ToArray();
        }

        return results;
    }
}
