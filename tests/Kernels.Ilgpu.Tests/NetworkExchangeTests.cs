using InfAdmm.Kernels.Cpu;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Kernels.Ilgpu.Tests;

/// <summary>A network that one backend trains and saves gives the same results on another backend.</summary>
public sealed class NetworkExchangeTests
{
    [Fact]
    public void A_network_trained_on_the_cpu_runs_on_ilgpu()
    {
        using CpuDevice cpu = CpuDevice.Create(threads: 1);
        using IlgpuDevice ilgpu = IlgpuDevice.Create(AcceleratorKind.Cpu);
        NetworkExchange.AssertCarriesOver(cpu, ilgpu);
        Assert.Equal(0, ilgpu.LiveBuffers);
    }

    [Fact]
    public void A_network_trained_on_ilgpu_runs_on_the_cpu()
    {
        using CpuDevice cpu = CpuDevice.Create(threads: 1);
        using IlgpuDevice ilgpu = IlgpuDevice.Create(AcceleratorKind.Cpu);
        NetworkExchange.AssertCarriesOver(ilgpu, cpu);
        Assert.Equal(0, ilgpu.LiveBuffers);
    }
}
