using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda.Tests;

/// <summary>Makes devices for tests, which are skipped where there is no GPU and no stand-in for one.</summary>
internal static class Gpu
{
    // The driver takes a good part of a second to make a context: on a real GPU one share stays for all tests. The
    // stand-in counts what is left behind.
    private static readonly Lazy<PrimaryContext?> KeptContext =
        new(() => StandIn.IsLoaded ? null : PrimaryContext.Retain(0));

    public static CudaDevice Create(CudaOptions? options = null)
    {
        CudaProbe probe = CudaDevice.Probe();
        Assert.SkipUnless(probe.Available, probe.Description);
        _ = KeptContext.Value;
        return CudaDevice.Create(options);
    }

    /// <summary>Skips the test where there is no CUDA device, real or not.</summary>
    public static void Need()
    {
        CudaProbe probe = CudaDevice.Probe();
        Assert.SkipUnless(probe.Available, probe.Description);
    }

    /// <summary>Skips the test unless the driver is the stand-in, whose counts the test reads.</summary>
    public static void NeedStandIn()
    {
        Need();
        StandIn.Require();
    }

    /// <summary>The largest difference is at most so much of the largest expected magnitude; NaN fails.</summary>
    public static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        double scale = 1e-30;
        foreach (float value in expected)
        {
            scale = Math.Max(scale, Math.Abs(value));
        }

        for (int i = 0; i < expected.Length; i++)
        {
            double error = Math.Abs((double)actual[i] - expected[i]) / scale;
            Assert.True(error <= tolerance, $"element {i} is {actual[i]:R}, expected {expected[i]:R}: {error:E2}");
        }
    }

    public static float[] Ramp(int count) => [.. Enumerable.Range(0, count).Select(i => i % 8191 - 0.5f)];

    public static Tensor Vector(this CudaDevice device, params float[] values) =>
        device.Allocate(Shape.Vector(values.Length), values);
}
