using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cuda.Tests;

/// <summary>Makes devices for tests, which are skipped where there is no GPU and no stand-in for one.</summary>
internal static class Gpu
{
    public static CudaDevice Create(CudaOptions? options = null)
    {
        CudaProbe probe = CudaDevice.Probe();
        Assert.SkipUnless(probe.Available, probe.Description);
        return CudaDevice.Create(options);
    }

    public static float[] Ramp(int count) => [.. Enumerable.Range(0, count).Select(i => i % 8191 - 0.5f)];

    public static Tensor Vector(this CudaDevice device, params float[] values) =>
        device.Allocate(Shape.Vector(values.Length), values);
}
