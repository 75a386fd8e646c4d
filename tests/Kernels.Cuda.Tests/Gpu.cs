using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda.Tests;

/// <summary>Creates devices for tests. Tests are skipped if there is neither a GPU nor the stand-in driver.</summary>
internal static class Gpu
{
    // Creating a context takes the driver a good part of a second. On a real GPU, one shared context therefore stays
    // alive for all tests. The stand-in counts leaked objects.
    private static readonly Lazy<PrimaryContext?> KeptContext =
        new(() => StandIn.IsLoaded ? null : PrimaryContext.Retain(0));

    public static CudaDevice Create(CudaOptions? options = null)
    {
        CudaProbe probe = CudaDevice.Probe();
        Assert.SkipUnless(probe.Available, probe.Description);
        _ = KeptContext.Value;
        return CudaDevice.Create(options);
    }

    /// <summary>Skips the test if there is no CUDA device, real or stand-in.</summary>
    public static void Need()
    {
        CudaProbe probe = CudaDevice.Probe();
        Assert.SkipUnless(probe.Available, probe.Description);
    }

    /// <summary>Skips the test unless the driver is the stand-in, whose counters the test reads.</summary>
    public static void NeedStandIn()
    {
        Need();
        StandIn.Require();
    }

    /// <summary>
    /// Asserts that the largest difference, relative to the largest expected magnitude, is within the tolerance; NaN
    /// fails.
    /// </summary>
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
