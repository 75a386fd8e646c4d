using InfAdmm.Kernels.Cpu;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Kernels.Cuda.Tests;

/// <summary>A network that one backend trains and saves gives the same results on another backend.</summary>
public sealed class NetworkExchangeTests
{
    [Fact]
    public void A_network_trained_on_the_cpu_runs_on_cuda()
    {
        using CpuDevice cpu = CpuDevice.Create(threads: 1);
        using CudaDevice cuda = Gpu.Create();
        NetworkExchange.AssertCarriesOver(cpu, cuda);
        Assert.Equal(0, cuda.LiveBuffers);
    }

    [Fact]
    public void A_network_trained_on_cuda_runs_on_the_cpu()
    {
        using CpuDevice cpu = CpuDevice.Create(threads: 1);
        using CudaDevice cuda = Gpu.Create();
        NetworkExchange.AssertCarriesOver(cuda, cpu);
        Assert.Equal(0, cuda.LiveBuffers);
    }
}
