using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda;

/// <summary>Copies runs of channels: 8 bytes per element, bound by memory (native/copy_channels.cu).</summary>
public sealed partial class CudaDevice
{
    /// <summary>The maximum number of blocks along y or z.</summary>
    private const int MaxBlocksAlongY = 65_535;

    private static readonly KernelId CopyChannelsKernel = new("copy_channels", "copy_channels");

    /// <inheritdoc/>
    protected override void CopyChannelsCore(Tensor x, int from, int count, Tensor y, int to)
    {
        int plane = x.Shape.PlaneSize;
        int run = count * plane;
        int images = x.Shape.N;
        var arguments = new CopyChannelsArguments(
            Address(x).Plus(sizeof(float) * (long)from * plane), Address(y).Plus(sizeof(float) * (long)to * plane),
            x.Shape.C * plane, y.Shape.C * plane, run, images);
        LaunchShape shape = LaunchShape.Elements(run, perThread: 16) with
        {
            GridY = Math.Min(images, MaxBlocksAlongY),
        };
        Launch(CopyChannelsKernel, shape, arguments);
    }

    [KernelArguments("copy_channels")]
    private readonly record struct CopyChannelsArguments(
        DevicePointer X, DevicePointer Y, int XStride, int YStride, int Run, int Images);
}
