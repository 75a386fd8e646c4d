using System.Text;
using InfAdmm.Engine;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Kernels.Cuda.Tests;

public sealed class LaunchTests
{
    [Theory]
    [InlineData(0, false)]
    [InlineData(1024, false)]
    [InlineData(96 << 10, false)]
    [InlineData(0, true)]
    [InlineData(64 << 10, true)]
    public void A_kernel_gets_its_argument(int sharedBytes, bool cooperative)
    {
        using CudaDevice device = Gpu.Create();
        Planted.Load(device);
        using Tensor x = device.Allocate(Shape.Vector(1001), Gpu.Ramp(1001));
        using Tensor y = device.Allocate(Shape.Vector(1001), [.. Enumerable.Repeat(2.5f, 1001)]);
        using Tensor result = device.Allocate(Shape.Vector(1001));
        device.Subtract(x, y, result, sharedBytes, cooperative);
        Assert.Equal(Gpu.Ramp(1001).Select(value => value - 2.5f), result.ToArray());
    }

    [Fact]
    public void A_launch_that_is_refused_names_the_kernel_and_its_shape()
    {
        using CudaDevice device = Gpu.Create();
        Planted.Load(device);
        using Tensor x = device.Vector(1, 2);
        using Tensor y = device.Vector(1, 1);
        var error = Assert.Throws<DeviceException>(() => device.Subtract(x, y, x, sharedBytes: 4 << 20));
        Assert.Contains("planted_difference", error.Message, StringComparison.Ordinal);
        Assert.Contains("CUDA_ERROR_INVALID_VALUE (1)", error.Message, StringComparison.Ordinal);
        device.Subtract(x, y, x);
        Assert.Equal([0, 1], x.ToArray());
    }

    [Fact]
    public void A_kernel_that_fails_is_told_when_it_is_waited_for_and_the_device_can_be_disposed()
    {
        StandIn.Require();
        using (CudaDevice device = Gpu.Create())
        {
            Planted.Load(device);
            using Tensor x = device.Vector(1, 2);
            using Recording recording = device.Record(() => device.Subtract(x, x, x));
            device.WriteOutOfRange(x);
            var error = Assert.Throws<DeviceException>(device.Synchronize);
            Assert.StartsWith("cuStreamSynchronize(Stream): CUDA_ERROR_", error.Message, StringComparison.Ordinal);
            Assert.Throws<DeviceException>(() => x.ToArray());
            Assert.Throws<DeviceException>(recording.Launch);
        }

        using CudaDevice next = Gpu.Create();
        using Tensor y = next.Vector(3);
        Assert.Equal([3], y.ToArray());
    }

    [Fact]
    public void A_module_that_does_not_compile_says_why()
    {
        using CudaDevice device = Gpu.Create();
        var error = Assert.Throws<DeviceException>(
            () => device.LoadModule("wrong", Encoding.UTF8.GetBytes("no kernels here")));
        Assert.StartsWith("cuModuleLoadDataEx of wrong.ptx", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_module_or_kernel_that_is_not_there_is_named()
    {
        using CudaDevice device = Gpu.Create();
        Planted.Load(device);
        var missing = new KernelId("missing", "kernel");
        var unknown = new KernelId("planted", "unknown");
        var error = Assert.Throws<DeviceException>(() => device.Launch(missing, new LaunchShape(1), 0));
        Assert.Contains("missing.ptx", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<DeviceException>(() => device.Launch(unknown, new LaunchShape(1), 0));
        Assert.Contains("unknown in planted.ptx: CUDA_ERROR_NOT_FOUND (500)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_launch_allocates_nothing()
    {
        using CudaDevice device = Gpu.Create();
        Planted.Load(device);
        using Tensor x = device.Vector(1, 2);
        using Tensor y = device.Vector(1, 1);
        Allocations.AssertNone(() => device.Subtract(x, y, x));
    }
}
