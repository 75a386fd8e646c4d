using System.Diagnostics;
using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda.Tests;

/// <summary>
/// Verifies that the test harness detects bugs: each test plants one and asserts that it is reported. The kernels are
/// in native/host/planted.cu, which is not part of the product. <see cref="LaunchTests"/> verifies that the stand-in
/// reports an index out of range; a test here verifies it under AddressSanitizer.
/// </summary>
public sealed class PlantedBugTests
{
    private const int Count = 256;

    /// <summary>
    /// A reversal through shared memory. Without its barrier, the result depends on the order of the threads.
    /// </summary>
    [Fact]
    public void A_missing_barrier_is_caught()
    {
        Gpu.NeedStandIn();
        Assert.SkipWhen(StandIn.RunsPtx, "the interpreter ends the launch; PtxTests asserts this");
        using CudaDevice device = WithPlanted();
        float[] values = Gpu.Ramp(Count);
        float[] reversed = [.. values.Reverse()];
        foreach (bool descending in new[] { false, true })
        {
            Assert.Equal(reversed, Run(device, "planted_correct_barrier", values, values, descending));
            Assert.NotEqual(reversed, Run(device, "planted_missing_barrier", values, values, descending));
        }
    }

    /// <summary>result = x − y with x and y exchanged: a comparison as in the conformance suite must fail.</summary>
    [Fact]
    public void A_wrong_argument_order_is_caught()
    {
        using CudaDevice device = WithPlanted();
        float[] x = Gpu.Ramp(Count);
        float[] y = [.. x.Select(value => 2 * value + 3)];
        float[] expected = [.. x.Zip(y, (a, b) => a - b)];
        Assert.Equal(expected, Run(device, "planted_difference", x, y, descending: false));
        Assert.NotEqual(expected, Run(device, "planted_swapped", x, y, descending: false));
    }

    [Fact]
    public void A_freed_buffer_is_caught()
    {
        using CudaDevice device = WithPlanted();
        Tensor x = device.Vector(1, 2);
        using Tensor y = device.Vector(3, 4);
        using Tensor result = device.Vector(0, 0);
        x.Dispose();
        device.Synchronize();
        var caught = Assert.Throws<DeviceException>(() =>
        {
            device.Subtract(x, y, result);
            device.Synchronize();
        });
        Assert.Contains("ILLEGAL_ADDRESS", caught.Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// The driver itself rejects it, independently of the backend's check that <see cref="RecordingTests"/> tests.
    /// </summary>
    [Fact]
    public void A_host_synchronise_inside_a_capture_is_caught()
    {
        using CudaDevice device = Gpu.Create();
        using Tensor x = device.Vector(1, 2);
        var caught = Assert.Throws<DeviceException>(() => device.Record(() =>
        {
            device.Scale(2, x, x);
            if (!device.IsDry)
            {
                Driver.Check(Driver.cuStreamSynchronize(device.Stream));
            }
        }));
        Assert.Contains("CAPTURE", caught.Message, StringComparison.Ordinal);

        // The device remains usable.
        device.Scale(3, x, x);
        Assert.Equal([3, 6], x.ToArray());
    }

    /// <summary>
    /// A barrier that one thread of the block never reaches, a shuffle that half of a warp never reaches, and an
    /// overrun under AddressSanitizer end the process. Each runs in a separate process, which reports the reason.
    /// </summary>
    [Theory]
    [InlineData("planted_divergent_barrier", "a barrier that some threads of the block never reach")]
    [InlineData("planted_divergent_shuffle", "a shuffle that some lanes of the warp never reach")]
    [InlineData("planted_out_of_range", "heap-buffer-overflow")]
    public void What_ends_the_program_says_why(string kernel, string message)
    {
        string? runner = Environment.GetEnvironmentVariable("INFADMM_PLANTED_RUNNER");
        Assert.SkipUnless(File.Exists(runner), "needs the native runner of planted bugs, built with the stand-in");
        var start = new ProcessStartInfo(runner, kernel) { RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.NotEqual(0, process.ExitCode);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    private static float[] Run(CudaDevice device, string kernel, float[] x, float[] y, bool descending)
    {
        using Tensor left = device.Vector(x);
        using Tensor right = device.Vector(y);
        using Tensor result = device.AllocateZeros(Shape.Vector(Count));
        string? settings = Environment.GetEnvironmentVariable("INFADMM_STANDIN");
        long otherwise = settings?.Contains("thread_order=1") == true ? 1 : 0;
        using IDisposable order = StandIn.With("thread_order", descending ? 1 : 0, otherwise);
        device.LaunchPlanted(kernel, left, right, result);
        return result.ToArray();
    }

    private static CudaDevice WithPlanted()
    {
        Gpu.NeedStandIn();
        CudaDevice device = Gpu.Create();
        Planted.Load(device);
        return device;
    }
}
