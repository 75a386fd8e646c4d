using System.Diagnostics;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cuda.Tests;

/// <summary>
/// The harness catches what it is there for: each test plants one bug and shows it seen. The kernels are in
/// native/host/planted.cu, which no product holds.
/// </summary>
public sealed class PlantedBugTests
{
    private static readonly KernelId OutOfRange = new("planted", "planted_out_of_range");
    private static readonly KernelId MissingBarrier = new("planted", "planted_missing_barrier");
    private static readonly KernelId CorrectBarrier = new("planted", "planted_correct_barrier");
    private static readonly KernelId Swapped = new("planted", "planted_swapped");

    private const int Count = 256;

    /// <summary>One element past the end of its own allocation: the canary behind it is found overwritten.</summary>
    [Fact]
    public void An_index_out_of_range_is_caught()
    {
        using CudaDevice device = WithPlanted();
        using Tensor x = device.AllocateZeros(Shape.Vector(Count));
        device.Launch(OutOfRange, new LaunchShape(1), new OneTensor(CudaDevice.Address(x), Count));
        DeviceException caught = Assert.Throws<DeviceException>(device.Synchronize);
        Assert.Contains("ILLEGAL_ADDRESS", caught.Message, StringComparison.Ordinal);
        StandIn.ClearError();
    }

    /// <summary>A reversal through shared memory: without its barrier it depends on the order of the threads.</summary>
    [Fact]
    public void A_missing_barrier_is_caught()
    {
        using CudaDevice device = WithPlanted();
        float[] values = [.. Enumerable.Range(0, Count).Select(i => (float)i)];
        float[] reversed = [.. values.Reverse()];
        Assert.Equal(reversed, Reverse(device, CorrectBarrier, values, descending: false));
        Assert.Equal(reversed, Reverse(device, CorrectBarrier, values, descending: true));
        Assert.NotEqual(reversed, Reverse(device, MissingBarrier, values, descending: false));
        Assert.NotEqual(reversed, Reverse(device, MissingBarrier, values, descending: true));
    }

    /// <summary>result = x − y with x and y exchanged: a comparison as in the conformance suite fails.</summary>
    [Fact]
    public void A_wrong_argument_order_is_caught()
    {
        using CudaDevice device = WithPlanted();
        using Tensor x = device.AllocateZeros(Shape.Vector(Count));
        using Tensor y = device.AllocateZeros(Shape.Vector(Count));
        using Tensor result = device.AllocateZeros(Shape.Vector(Count));
        device.Fill(3, x);
        device.Fill(1, y);
        DevicePointer px = CudaDevice.Address(x);
        DevicePointer py = CudaDevice.Address(y);
        DevicePointer pr = CudaDevice.Address(result);
        device.Launch(Swapped, new LaunchShape(1), new ThreeTensors(px, py, pr, Count));
        Assert.Equal(2, result.ToScalar());
        device.Launch(Swapped, new LaunchShape(1), new ThreeTensors(py, px, pr, Count));
        Assert.NotEqual(2, result.ToScalar());
    }

    [Fact]
    public void A_freed_buffer_is_caught()
    {
        using CudaDevice device = WithPlanted();
        DevicePointer freed;
        using (Tensor x = device.AllocateZeros(Shape.Vector(Count)))
        {
            freed = CudaDevice.Address(x);
        }

        device.Synchronize();
        DeviceException caught = Assert.Throws<DeviceException>(() =>
        {
            device.Launch(CorrectBarrier, new LaunchShape(1), new TwoTensors(freed, freed, Count));
            device.Synchronize();
        });
        Assert.Contains("ILLEGAL_ADDRESS", caught.Message, StringComparison.Ordinal);
        StandIn.ClearError();
    }

    [Fact]
    public void A_host_synchronise_inside_a_capture_is_caught()
    {
        Gpu.Need();
        using CudaDevice device = CudaDevice.Create();
        using Tensor x = device.AllocateZeros(Shape.Vector(Count));
        int calls = 0;
        Assert.ThrowsAny<Exception>(() => device.Record(() =>
        {
            calls++;
            device.Scale(2, x, x);
            device.Synchronize();
        }));
        Assert.True(calls >= 1);

        // The device goes on as if nothing had been.
        device.Fill(5, x);
        Assert.Equal(5, x.ToScalar());
    }

    /// <summary>The driver itself refuses it too, below the check of the backend.</summary>
    [Fact]
    public void The_driver_refuses_a_synchronise_inside_a_capture()
    {
        Gpu.Need();
        using CudaDevice device = CudaDevice.Create();
        using Tensor x = device.AllocateZeros(Shape.Vector(Count));
        DeviceException caught = Assert.Throws<DeviceException>(() => device.Record(() =>
        {
            device.Scale(2, x, x);
            if (device.IsCapturing)
            {
                device.SynchronizeStream();
            }
        }));
        Assert.Contains("CAPTURE", caught.Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// A barrier that half of the block never reaches, and an overrun under AddressSanitizer, end the program: each in
    /// a process of its own, which says why.
    /// </summary>
    [Theory]
    [InlineData("divergent", "a barrier that some threads of the block never reach")]
    [InlineData("overrun", "heap-buffer-overflow")]
    public void What_ends_the_program_says_why(string bug, string message)
    {
        string? runner = Environment.GetEnvironmentVariable("INFADMM_PLANTED_RUNNER");
        Assert.SkipUnless(runner is not null && File.Exists(runner), "needs the native runner of planted bugs");
        var start = new ProcessStartInfo(runner, bug) { RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.NotEqual(0, process.ExitCode);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    private static float[] Reverse(CudaDevice device, KernelId kernel, float[] values, bool descending)
    {
        using Tensor x = device.Allocate(Shape.Vector(Count), values);
        using Tensor result = device.AllocateZeros(Shape.Vector(Count));
        StandIn.Set("thread_order", descending ? 1 : 0);
        try
        {
            device.Launch(
                kernel, new LaunchShape(1), new TwoTensors(CudaDevice.Address(x), CudaDevice.Address(result), Count));
            return result.ToArray();
        }
        finally
        {
            StandIn.Set("thread_order", StandIn.DefaultThreadOrder);
        }
    }

    private static CudaDevice WithPlanted()
    {
        Gpu.NeedStandIn();
        CudaDevice device = CudaDevice.Create();
        string[] kernels = [.. new[] { OutOfRange, MissingBarrier, CorrectBarrier, Swapped }.Select(id => id.Name)];
        string entries = string.Join("\n", kernels.Select(name => $".visible .entry {name}(\n)\n{{ ret; }}"));
        device.LoadModule("planted", System.Text.Encoding.ASCII.GetBytes(
            $".version 7.8\n.target sm_80\n.address_size 64\n{entries}\n\0"));
        return device;
    }

    private readonly record struct OneTensor(DevicePointer X, int Count);

    private readonly record struct TwoTensors(DevicePointer X, DevicePointer Result, int Count);

    private readonly record struct ThreeTensors(DevicePointer X, DevicePointer Y, DevicePointer Result, int Count);
}
