using System.Numerics;
using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda;

/// <summary>
/// Depth to space (native/pixel_shuffle.cu), and space to depth, which is the pad kernel with unshuffling and no
/// padding. 8 bytes per element, bound by memory.
/// </summary>
public sealed partial class CudaDevice
{
    private static readonly KernelId PixelShuffleKernel = new("pixel_shuffle", "pixel_shuffle");

    /// <inheritdoc/>
    protected override void PixelShuffleCore(Tensor x, int factor, Tensor y)
    {
        int shift = BitOperations.IsPow2(factor) ? BitOperations.Log2((uint)factor) : -1;
        var arguments = new PixelShuffleArguments(
            Address(x), Address(y), y.Shape.Planes * y.Shape.H, x.Shape.H, x.Shape.W, factor, shift);
        Launch(PixelShuffleKernel, RowsShape(y.Shape.Planes * (long)y.Shape.H, y.Shape.W), arguments);
    }

    /// <inheritdoc/>
    protected override void PixelUnshuffleCore(Tensor y, int factor, Tensor x) =>
        Pad(Address(y), y.Shape, factor, Boundary.Zero, 0, 0, 0, 0, Address(x), x.Shape.C, 0);

    /// <summary>The launch shape of a kernel with up to four pixels of a row per thread (native/rows.cuh).</summary>
    private static LaunchShape RowsShape(long rows, int width) =>
        LaunchShape.Elements(rows * ((width + 3) / 4), perThread: 1, maxBlocks: 8192);

    [KernelArguments("pixel_shuffle")]
    private readonly record struct PixelShuffleArguments(
        DevicePointer X, DevicePointer Y, int Rows, int Height, int Width, int Factor, int Shift);
}
