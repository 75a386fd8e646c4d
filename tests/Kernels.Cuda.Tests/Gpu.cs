namespace InfAdmm.Kernels.Cuda.Tests;

/// <summary>What tests need of the machine: a GPU or the stand-in.</summary>
internal static class Gpu
{
    private static readonly CudaProbe Probe = CudaDevice.Probe();

    /// <summary>Skips the test where there is no CUDA device, real or not.</summary>
    public static void Need() => Assert.SkipUnless(Probe.Available, $"no CUDA device: {Probe.Reason}");

    /// <summary>Skips the test unless the driver is the stand-in, whose counts the test reads.</summary>
    public static void NeedStandIn()
    {
        Need();
        Assert.SkipUnless(StandIn.IsLoaded, "counts calls, so needs the stand-in driver");
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
}
