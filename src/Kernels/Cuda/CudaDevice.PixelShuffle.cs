using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda;

/// <summary>Depth to space, and space to depth (native/pixel_shuffle.cu). 8 bytes per element, bound by memory.</summary>
public sealed partial class CudaDevice
{
    private static readonly KernelId PixelShuffleKernel = new("pixel_shuffle", "pixel_shuffle");
    private static readonly KernelId PixelUnshuffleKernel = new("pixel_shuffle", "pixel_unshuffle");

    /// <inheritdoc/>
    protected override void PixelShuffleCore(Tensor x, int factor, Tensor y) =>
        LaunchShuffle(PixelShuffleKernel, x, y, x.Shape, factor, y.Shape);

    /// <inheritdoc/>
    protected override void PixelUnshuffleCore(Tensor y, int factor, Tensor x) =>
        LaunchShuffle(PixelUnshuffleKernel, y, x, x.Shape, factor, y.Shape);

    /// <summary>The launch shape of a kernel with up to four pixels of a row per thread (native/rows.cuh).</summary>
    private static LaunchShape RowsShape(long rows, int width) =>
        LaunchShape.Elements(rows * PartsOfRow(width).Value, perThread: 1, maxBlocks: 8192);

    /// <summary>The number of threads that share a row of pixels in such a kernel.</summary>
    private static Divisor PartsOfRow(int width) => Divisor.Of((width + 3) / 4);

    private void LaunchShuffle(KernelId kernel, Tensor from, Tensor to, Shape deep, int factor, Shape wide)
    {
        var arguments = new PixelShuffleArguments(
            Address(from), Address(to), wide.Planes * wide.H, deep.H, deep.W, Divisor.Of(wide.H), Divisor.Of(factor),
            PartsOfRow(wide.W));
        Launch(kernel, RowsShape(arguments.Rows, wide.W), arguments);
    }

    [KernelArguments("pixel_shuffle", "pixel_unshuffle")]
    private readonly record struct PixelShuffleArguments(
        DevicePointer From, DevicePointer To, int Rows, int Height, int Width, Divisor Tall, Divisor Factor, Divisor Parts);
}
