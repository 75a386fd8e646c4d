using System.Runtime.CompilerServices;

namespace InfAdmm.Kernels.Cuda.Tests;

/// <summary>How many blocks fit on a multiprocessor, by the registers that the machine code takes.</summary>
public sealed class OccupancyTests
{
    private static readonly KernelId InnerLoop = new("inner_loops", "solve_normal");

    /// <summary>
    /// Catches a stand-in, or a table of registers, that lets two of these blocks of 512 threads share a multiprocessor: they have
    /// 96 registers each, and 64 would fit. On a GPU, blocks that wait for each other would never all run.
    /// </summary>
    [Fact]
    public void Blocks_that_wait_for_each_other_must_fit_by_their_registers()
    {
        Gpu.NeedStandIn();
        using CudaDevice device = Gpu.Create();
        var shape = new LaunchShape(device.Multiprocessors + 1, BlockX: 512, Cooperative: true);

        var failure = Assert.Throws<InfAdmm.Engine.DeviceException>(() => device.Launch(InnerLoop, shape, default(Arguments)));

        Assert.Contains("COOPERATIVE_LAUNCH_TOO_LARGE", failure.Message);
    }

    // At least as many bytes as the kernel takes.
    [InlineArray(64)]
    private struct Arguments
    {
        private long _first;
    }
}
