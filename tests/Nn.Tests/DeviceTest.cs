using InfAdmm.Engine;
using InfAdmm.Kernels.Cpu;

namespace InfAdmm.Nn.Tests;

/// <summary>A test with a single-threaded device, which must have no live buffer at the end of the test.</summary>
public abstract class DeviceTest : IDisposable
{
    private ulong _stream;

    private protected CpuDevice Device { get; } = CpuDevice.Create(threads: 1);

    public void Dispose()
    {
        int live = Device.LiveBuffers;
        Device.Dispose();
        GC.SuppressFinalize(this);
        Assert.Equal(0, live);
    }

    /// <summary>Standard normal noise: different at each call, the same in each run.</summary>
    private protected Tensor Noise(TensorScope scope, Shape shape)
    {
        Tensor tensor = scope.Allocate(shape);
        Device.FillNormal(seed: 7, _stream++, tensor);
        return tensor;
    }

    private protected static double Dot(float[] x, float[] y) => x.Zip(y, (a, b) => (double)a * b).Sum();

    private protected static double Norm(float[] x) => Math.Sqrt(Dot(x, x));
}
