using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda.Tests;

public sealed class MemoryTests
{
    // The staging buffers hold 2²⁰ values each.
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(33)]
    [InlineData((1 << 20) - 1)]
    [InlineData(1 << 20)]
    [InlineData((1 << 20) + 1)]
    [InlineData((3 << 20) + 5)]
    public void What_was_uploaded_comes_back(int count)
    {
        using CudaDevice device = Gpu.Create();
        float[] values = Gpu.Ramp(count);
        using Tensor tensor = device.Allocate(Shape.Vector(count), values);
        Assert.Equal(values, tensor.ToArray());
    }

    [Fact]
    public void Values_may_be_reused_when_an_upload_returns()
    {
        using CudaDevice device = Gpu.Create();
        const int Count = 700_001;
        var values = new float[Count];
        Tensor[] tensors = [.. Enumerable.Range(0, 7).Select(_ => device.Allocate(Shape.Vector(Count)))];
        for (int i = 0; i < tensors.Length; i++)
        {
            Array.Fill(values, i);
            device.Upload(values, tensors[i]);
        }

        for (int i = tensors.Length - 1; i >= 0; i--)
        {
            Assert.All(tensors[i].ToArray().Distinct(), value => Assert.Equal(i, value));
            tensors[i].Dispose();
        }

        Assert.Equal(0, device.LiveBuffers);
    }

    [Fact]
    public void Views_are_read_and_written_where_they_lie()
    {
        using CudaDevice device = Gpu.Create();
        using Tensor tensor = device.Vector(1, 2, 3, 4, 5);
        device.Upload([9, 8], tensor.Slice(1, Shape.Vector(2)));
        Assert.Equal([1, 9, 8, 4, 5], tensor.ToArray());
        Assert.Equal([8, 4], tensor.Slice(2, Shape.Vector(2)).ToArray());
    }

    [Fact]
    public void The_driver_copies_like_the_kernel_and_can_be_recorded()
    {
        using CudaDevice device = Gpu.Create();
        using Tensor source = device.Vector(1, 2, 3, 4, 5);
        using Tensor target = device.Vector(9, 9, 9, 9);
        device.CopyByDriver(source.Slice(1, Shape.Vector(3)), target.Slice(1, Shape.Vector(3)));
        Assert.Equal([9, 2, 3, 4], target.ToArray());
        using Recording recording = device.Record(() => device.CopyByDriver(source.Slice(0, Shape.Vector(4)), target));
        Assert.Equal([9, 2, 3, 4], target.ToArray());
        recording.Launch();
        Assert.Equal([1, 2, 3, 4], target.ToArray());
        Assert.Throws<ShapeException>(() => device.CopyByDriver(source, target));
    }

    [Fact]
    public void Too_large_a_tensor_says_what_was_asked_and_what_is_free()
    {
        StandIn.Require();
        using CudaDevice device = Gpu.Create();
        StandIn.FailNext("cuMemAllocAsync", 2);
        var error = Assert.Throws<DeviceException>(() => device.Allocate(new Shape(1, 1, 1024, 512)));
        Assert.StartsWith("the GPU is out of memory: 2.0 MiB requested, ", error.Message, StringComparison.Ordinal);
        Assert.Contains("CUDA_ERROR_OUT_OF_MEMORY (2)", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, device.LiveBuffers);
        using Tensor small = device.Vector(1, 2);
        Assert.Equal([1, 2], small.ToArray());
    }

    [Fact]
    public void More_than_the_memory_is_refused_and_the_device_goes_on()
    {
        StandIn.Require();
        using IDisposable little = StandIn.With("total_memory", 512L << 20, before: 2L << 30);
        using CudaDevice device = Gpu.Create();
        var tooLarge = new Shape(1, 1, 16384, 16384);
        var error = Assert.Throws<DeviceException>(() => device.Allocate(tooLarge));
        Assert.StartsWith("the GPU is out of memory: 1024.0 MiB requested, ", error.Message, StringComparison.Ordinal);
        using Tensor small = device.Vector(1, 2);
        Assert.Equal([1, 2], small.ToArray());
    }

    [Fact]
    public void A_GPU_without_pools_serves_too()
    {
        StandIn.Require();
        using IDisposable none = StandIn.With("memory_pools", 0, before: 1);
        long plain = StandIn.Count("cuMemAlloc_v2");
        using CudaDevice device = Gpu.Create();
        using (Tensor tensor = device.Vector(1, 2))
        {
            Assert.Equal([1, 2], tensor.ToArray());
        }

        Assert.Equal(0, device.LiveBuffers);
        Assert.True(StandIn.Count("cuMemAlloc_v2") > plain);
    }

    [Fact]
    public void Buffers_are_counted_and_may_outlive_the_device()
    {
        CudaDevice device = Gpu.Create();
        Tensor first = device.Vector(1, 2);
        Tensor second = device.Vector(3);
        Assert.Equal(2, device.LiveBuffers);
        first.Dispose();
        first.Dispose();
        Assert.Equal(1, device.LiveBuffers);
        device.Dispose();
        device.Dispose();
        second.Dispose();
        Assert.Equal(0, device.LiveBuffers);
        Assert.Throws<ObjectDisposedException>(() => device.Allocate(Shape.Scalar));
        Assert.Throws<ObjectDisposedException>(device.Synchronize);
    }

    [Fact]
    public void Scratch_grows_and_slots_are_apart()
    {
        using CudaDevice device = Gpu.Create();
        DevicePointer first = device.Scratch(0, 1000);
        Assert.Equal(first, device.Scratch(0, 10));
        Assert.NotEqual(first, device.Scratch(1, 1000));
        DevicePointer grown = device.Scratch(0, 1001);
        Assert.NotEqual(first, grown);
        Assert.Equal(grown, device.Scratch(0, 1000));
        Assert.Equal(0, device.LiveBuffers);
        Assert.Equal(0UL, grown.Value % 256);
    }

    [Fact]
    public void Outgrown_scratch_is_freed_but_not_while_a_recording_may_use_it()
    {
        StandIn.Require();
        using IDisposable little = StandIn.With("total_memory", 512L << 20, before: 2L << 30);
        using CudaDevice device = Gpu.Create();
        device.Scratch(0, 200L << 20);
        device.Scratch(0, 400L << 20);
        using Tensor x = device.Vector(1, 2);
        using (device.Record(() => device.Scale(2, x, x)))
        {
            Assert.Throws<DeviceException>(() => device.Scratch(0, 410L << 20));
        }

        device.Scratch(0, 420L << 20);
    }

    [Fact]
    public void A_disposed_device_keeps_no_memory_from_other_programs()
    {
        StandIn.Require();
        long before = Free();
        using (CudaDevice device = Gpu.Create())
        {
            device.Allocate(Shape.Vector(1 << 22)).Dispose();
        }

        Assert.Equal(before, Free());

        static long Free()
        {
            // The context of the device is needed to ask.
            using CudaDevice device = Gpu.Create();
            device.Synchronize();
            Assert.Equal(0, (int)Driver.cuMemGetInfo_v2(out nuint free, out _));
            return (long)free;
        }
    }

    [Fact]
    public void Threads_may_take_turns()
    {
        using CudaDevice device = Gpu.Create();
        using Tensor tensor = device.Vector(1, 2, 3);
        float[] read = [];
        var thread = new Thread(() => read = tensor.ToArray());
        thread.Start();
        thread.Join();
        Assert.Equal([1, 2, 3], read);
        Assert.Equal([1, 2, 3], tensor.ToArray());
    }

    [Fact]
    public void Devices_share_a_GPU()
    {
        using CudaDevice first = Gpu.Create();
        using Tensor kept = first.Vector(1, 2, 3);
        using (CudaDevice second = Gpu.Create())
        {
            using Tensor other = second.Vector(4);
            Assert.Equal([4], other.ToArray());
            Assert.Throws<DeviceException>(() => first.Download(other, new float[1]));
        }

        Assert.Equal([1, 2, 3], kept.ToArray());
    }

    [Fact]
    public void Nothing_of_the_driver_lives_on()
    {
        StandIn.Require();
        long before = StandIn.LiveHandles;
        long allocations = StandIn.LiveAllocations;
        using (CudaDevice device = Gpu.Create())
        {
            Planted.Load(device);
            using Tensor x = device.Vector(5, 6, 7);
            using Tensor y = device.Vector(1, 2, 3);
            using Recording recording = device.Record(() => device.Subtract(x, y, x));
            recording.Launch();
            using DeviceTimer timer = device.CreateTimer(2);
            timer.Mark(0);
            device.Scratch(2, 1 << 20);
        }

        Assert.Equal(before, StandIn.LiveHandles);
        Assert.Equal(allocations, StandIn.LiveAllocations);
    }
}
