using ILGPU;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Ilgpu.Tests;

/// <summary>How devices are found and shared.</summary>
public sealed class AcceleratorTests
{
    [Fact]
    public void A_kernel_is_compiled_once_in_a_process()
    {
        SharedAccelerator shared = Accelerators.Get(AcceleratorKind.Cpu, 0);
        Action<KernelConfig, AdamArguments> first = shared.Launcher<AdamArguments>(AdamKernels.Step);
        Assert.Same(first, shared.Launcher<AdamArguments>(AdamKernels.Step));
        Assert.Same(shared, Accelerators.Get(AcceleratorKind.Cpu, 0));
    }

    /// <summary>With a group size of 1, barriers would not be tested.</summary>
    [Fact]
    public void The_cpu_accelerator_runs_groups_of_several_threads() =>
        Assert.True(Accelerators.Get(AcceleratorKind.Cpu, 0).Accelerator.MaxNumThreadsPerGroup >= 4);

    [Fact]
    public void The_best_accelerator_is_there_always()
    {
        IlgpuProbe probe = IlgpuDevice.Probe();
        Assert.True(probe.Available);
        using IlgpuDevice device = IlgpuDevice.Create();
        using Tensor tensor = device.Allocate(Shape.Vector(3), [1, 2, 3]);
        Assert.Equal([1, 2, 3], tensor.ToArray());
    }

    [Fact]
    public void An_absent_accelerator_says_what_there_is()
    {
        IlgpuProbe probe = IlgpuDevice.Probe(AcceleratorKind.Cpu, 9);
        Assert.False(probe.Available);
        Assert.Contains("one CPU device", probe.Reason);
        Assert.Contains(
            "number 9", Assert.Throws<DeviceException>(() => IlgpuDevice.Create(AcceleratorKind.Cpu, 9)).Message);
    }

    /// <summary>A driver without its development package has no libOpenCL.so and no libcuda.so.</summary>
    [Fact]
    public void Drivers_are_looked_for_by_the_names_that_they_install()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the names of Linux");
        Assert.Equal("libOpenCL.so.1", NativeLibraryNames.Installed("OpenCL"));
        Assert.Equal("libcuda.so.1", NativeLibraryNames.Installed("cuda"));
        Assert.Null(NativeLibraryNames.Installed("kernel32.dll"));
    }
}
