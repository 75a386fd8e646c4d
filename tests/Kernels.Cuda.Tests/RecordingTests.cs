using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cuda.Tests;

public sealed class RecordingTests
{
    [Fact]
    public void Recorded_work_runs_once_a_launch_and_not_before()
    {
        using CudaDevice device = Gpu.Create();
        Planted.Load(device);
        using Tensor x = device.Vector(10, 20, 30);
        using Tensor y = device.Vector(1, 2, 3);
        using Recording recording = device.Record(() => device.Subtract(x, y, x));
        Assert.Equal([10, 20, 30], x.ToArray());
        recording.Launch();
        Assert.Equal([9, 18, 27], x.ToArray());
        recording.Launch();
        recording.Launch();
        Assert.Equal([7, 14, 21], x.ToArray());
        device.Upload([1, 1, 1], x);
        recording.Launch();
        Assert.Equal([0, -1, -2], x.ToArray());
    }

    [Fact]
    public void The_order_of_recorded_work_is_kept_and_recordings_mix_with_plain_work()
    {
        using CudaDevice device = Gpu.Create();
        Planted.Load(device);
        using Tensor x = device.Vector(10);
        using Tensor y = device.Vector(3);
        using Tensor z = device.Vector(0);
        using Recording recording = device.Record(() =>
        {
            device.Subtract(x, y, z);
            device.Subtract(z, x, y);
        });
        recording.Launch();
        Assert.Equal([7], z.ToArray());
        Assert.Equal([-3], y.ToArray());
        device.Subtract(x, y, x);
        recording.Launch();
        Assert.Equal([16], z.ToArray());
    }

    [Fact]
    public void A_launch_of_a_recording_is_one_call_of_the_driver()
    {
        StandIn.Require();
        using CudaDevice device = Gpu.Create();
        Planted.Load(device);
        using Tensor x = device.Vector(10);
        using Tensor y = device.Vector(3);
        long launches = StandIn.Count("cuLaunchKernel");
        using Recording recording = device.Record(() =>
        {
            device.Subtract(x, y, x);
            device.Subtract(x, y, x);
        });
        Assert.Equal(2, StandIn.Count("cuLaunchKernel") - launches);
        long graphs = StandIn.Count("cuGraphLaunch");
        recording.Launch();
        Assert.Equal(2, StandIn.Count("cuLaunchKernel") - launches);
        Assert.Equal(1, StandIn.Count("cuGraphLaunch") - graphs);
    }

    public static TheoryData<string> Forbidden =>
        ["allocate", "upload", "download", "synchronize", "record", "launch", "mark", "read"];

    [Theory]
    [MemberData(nameof(Forbidden))]
    public void What_cannot_be_recorded_throws_and_the_device_goes_on(string what)
    {
        using CudaDevice device = Gpu.Create();
        Planted.Load(device);
        using Tensor x = device.Vector(10, 20);
        using Tensor y = device.Vector(1, 2);
        using Recording other = device.Record(() => device.Subtract(x, y, x));
        using DeviceTimer timer = device.CreateTimer(2);
        timer.Mark(0);
        timer.Mark(1);
        Action forbidden = what switch
        {
            "allocate" => () => device.Allocate(Shape.Scalar),
            "upload" => () => device.Upload([1, 2], x),
            "download" => () => x.ToArray(),
            "synchronize" => device.Synchronize,
            "record" => () => device.Record(() => device.Subtract(x, y, x)),
            "launch" => other.Launch,
            "mark" => () => timer.Mark(0),
            _ => () => timer.Seconds(0, 1),
        };
        int calls = 0;
        foreach (int throwAt in new[] { 1, 2 })
        {
            calls = 0;
            Assert.Throws<InvalidOperationException>(() => device.Record(() =>
            {
                device.Subtract(x, y, x);
                calls++;
                if (calls == throwAt)
                {
                    forbidden();
                }
            }));
            Assert.Equal(throwAt, calls);
        }

        Assert.Equal([10, 20], x.ToArray());
        using Recording recording = device.Record(() => device.Subtract(x, y, x));
        recording.Launch();
        Assert.Equal([9, 18], x.ToArray());
        Assert.Equal(2, device.LiveBuffers);
    }

    [Fact]
    public void Work_that_throws_leaves_the_device_usable()
    {
        using CudaDevice device = Gpu.Create();
        Planted.Load(device);
        using Tensor x = device.Vector(10);
        using Tensor y = device.Vector(1);
        int calls = 0;
        Assert.Throws<TimeoutException>(() => device.Record(() =>
        {
            device.Subtract(x, y, x);
            if (++calls == 2)
            {
                throw new TimeoutException();
            }
        }));
        device.Subtract(x, y, x);
        Assert.Equal([9], x.ToArray());
    }

    [Theory]
    [InlineData("cuStreamBeginCapture_v2")]
    [InlineData("cuGraphInstantiateWithFlags")]
    [InlineData("cuLaunchKernel")]
    public void A_recording_that_the_driver_refuses_leaves_the_device_usable(string function)
    {
        StandIn.Require();
        using CudaDevice device = Gpu.Create();
        Planted.Load(device);
        using Tensor x = device.Vector(10);
        using Tensor y = device.Vector(1);
        StandIn.FailNext(function, 400);
        var error = Assert.Throws<DeviceException>(() => device.Record(() => device.Subtract(x, y, x)));
        Assert.StartsWith(function, error.Message, StringComparison.Ordinal);
        using Recording recording = device.Record(() => device.Subtract(x, y, x));
        recording.Launch();
        Assert.Equal([9], x.ToArray());
    }

    [Fact]
    public void Work_that_changes_between_its_calls_is_refused()
    {
        using CudaDevice device = Gpu.Create();
        Planted.Load(device);
        using Tensor x = device.Vector(10);
        using Tensor y = device.Vector(1);
        int calls = 0;
        Action changing = () =>
        {
            if (++calls == 2)
            {
                device.Subtract(x, y, x);
            }
        };
        var error = Assert.Throws<InvalidOperationException>(() => device.Record(changing));
        Assert.Contains("planted_difference", error.Message, StringComparison.Ordinal);
        calls = 0;
        error = Assert.Throws<InvalidOperationException>(() => device.Record(() => device.Scratch(0, 1000 * ++calls)));
        Assert.Contains("more memory", error.Message, StringComparison.Ordinal);
        device.Subtract(x, y, x);
        Assert.Equal([9], x.ToArray());
    }

    [Fact]
    public void A_tensor_disposed_while_recording_is_freed_afterwards()
    {
        using CudaDevice device = Gpu.Create();
        Planted.Load(device);
        using Tensor x = device.Vector(10);
        using Tensor y = device.Vector(1);
        Tensor other = device.Vector(5, 5);
        int calls = 0;
        using Recording recording = device.Record(() =>
        {
            device.Subtract(x, y, x);
            if (++calls == 2)
            {
                other.Dispose();
            }
        });
        Assert.Equal(2, device.LiveBuffers);
        recording.Launch();
        Assert.Equal([9], x.ToArray());
    }

    [Fact]
    public void Recordings_and_timers_may_be_disposed_after_the_device()
    {
        CudaDevice device = Gpu.Create();
        Planted.Load(device);
        Tensor x = device.Vector(10);
        Tensor y = device.Vector(1);
        Recording recording = device.Record(() => device.Subtract(x, y, x));
        DeviceTimer timer = device.CreateTimer(1);
        device.Dispose();
        Assert.Throws<ObjectDisposedException>(recording.Launch);
        Assert.Throws<ObjectDisposedException>(() => timer.Mark(0));
        recording.Dispose();
        recording.Dispose();
        timer.Dispose();
        y.Dispose();
        x.Dispose();
        Assert.Equal(0, device.LiveBuffers);
        Assert.Throws<ObjectDisposedException>(recording.Launch);
    }

    [Fact]
    public void A_timer_measures_the_work_between_its_marks()
    {
        using CudaDevice device = Gpu.Create();
        Planted.Load(device);
        using Tensor x = device.Allocate(Shape.Vector(100_000), Gpu.Ramp(100_000));
        using DeviceTimer timer = device.CreateTimer(3);
        timer.Mark(0);
        device.Subtract(x, x, x);
        timer.Mark(1);
        device.Subtract(x, x, x);
        timer.Mark(2);
        double first = timer.Seconds(0, 1);
        double whole = timer.Seconds(0, 2);
        Assert.InRange(first, 0, 10);
        Assert.InRange(whole, first, 10);
    }

    [Theory]
    [InlineData(12040, "cuEventElapsedTime")]
    [InlineData(12080, "cuEventElapsedTime_v2")]
    public void A_timer_reads_by_the_form_that_the_driver_has(long version, string function)
    {
        StandIn.Require();
        using IDisposable changed = StandIn.With("driver_version", version, before: 12040);
        using CudaDevice device = Gpu.Create();
        using DeviceTimer timer = device.CreateTimer(1);
        timer.Mark(0);
        long before = StandIn.Count(function);
        Assert.Equal(0, timer.Seconds(0, 0));
        Assert.Equal(1, StandIn.Count(function) - before);
    }
}
