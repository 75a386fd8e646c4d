using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda;

/// <summary>
/// The measurement operator and its adjoint (native/blur.cu, native/circulant.cu): stride 1 uses a register-blocked
/// convolution, other strides use tiles in shared memory, and kernels that do not fit there use plain kernels.
/// </summary>
public sealed partial class CudaDevice
{
    /// <summary>
    /// The largest shared memory of a block, out of the 48 KB that every GPU supports; with it two blocks fit on every
    /// GPU.
    /// </summary>
    private const int BlurSharedBytes = 40 * 1024;

    private const int BlurTileWidth = 32;
    private const int BlurTileHeight = 8;

    // Pitches for which native/blur.cu has code of its own.
    private const int BlurPitch = 36;
    private const int BlurAdjointPitch = 24;

    private const int CirculantThreads = 64;

    /// <summary>The number of blocks per multiprocessor from which threads compute two rows.</summary>
    private const int CirculantBlocks = 8;

    private static readonly KernelId BlurTileKernel = new("blur", "blur_tile");
    private static readonly KernelId BlurPlainKernel = new("blur", "blur_plain");
    private static readonly KernelId BlurAdjointTileKernel = new("blur", "blur_adjoint_tile");
    private static readonly KernelId BlurAdjointPlainKernel = new("blur", "blur_adjoint_plain");
    private static readonly KernelId CirculantKernel = new("circulant", "circulant");

    /// <inheritdoc/>
    protected override void BlurCore(
        Tensor x, Tensor kernel, int stride, Boundary boundary, float scale, Tensor? addend, Tensor y)
    {
        (int row, int column) = BlurOrigin(kernel.Shape, boundary);
        if (stride == 1
            && TryCirculant(x, kernel, row, column, isCorrelation: false, boundary, scale, addend, y))
        {
            return;
        }

        BlurArguments arguments = BlurArgumentsOf(x, kernel, stride, boundary, scale, addend, y, x.Shape, y.Shape);
        Shape taps = kernel.Shape;
        int pitch = BlurTileWidth + (taps.W - 1) / stride;
        LaunchBlur(BlurTileKernel, BlurPlainKernel, mostRows: 4, arguments, y.Shape, (rows, height) => arguments with
        {
            Rows = rows,
            BlockHeight = height,
            PatchHeight = (height * rows - 1) * stride + taps.H,
            PatchPitch = stride is 2 or 4 && pitch <= BlurPitch ? BlurPitch : pitch,
        });
    }

    /// <inheritdoc/>
    protected override void BlurAdjointCore(
        Tensor y, Tensor kernel, int stride, Boundary boundary, float scale, Tensor? addend, Tensor x)
    {
        (int row, int column) = BlurOrigin(kernel.Shape, boundary);
        Shape taps = kernel.Shape;

        // At stride 1 the adjoint is the correlation with the mirrored origin, and measurements beyond the edge are
        // zero. Only reflection has additional terms.
        Boundary measured = boundary == Boundary.Periodic ? boundary : Boundary.Zero;
        if (stride == 1
            && boundary != Boundary.Reflect
            && TryCirculant(
                y, kernel, taps.H - 1 - row, taps.W - 1 - column, isCorrelation: true, measured, scale, addend, x))
        {
            return;
        }

        BlurArguments arguments = BlurArgumentsOf(y, kernel, stride, boundary, scale, addend, x, x.Shape, y.Shape);
        int pitch = (BlurTileWidth + 2 * stride - 3) / stride + (taps.W - 1) / stride + 1;
        BlurArguments TileOf(int rows, int height) => arguments with
        {
            Rows = rows,
            BlockHeight = height,
            PatchHeight = (height * rows + taps.H - 2) / stride + 2,
            PatchPitch = stride is 2 or 4 && pitch <= BlurAdjointPitch ? BlurAdjointPitch : pitch,
        };
        LaunchBlur(BlurAdjointTileKernel, BlurAdjointPlainKernel, mostRows: 8, arguments, x.Shape, TileOf);
    }

    /// <summary>
    /// Launches the tiled kernel with as many rows per thread as fit in shared memory and still give every
    /// multiprocessor two blocks, or the plain kernel if no tile fits. Where even one row gives the blur fewer blocks
    /// than multiprocessors, blocks have half as many threads.
    /// </summary>
    private void LaunchBlur(
        KernelId tiled, KernelId plain, int mostRows, BlurArguments arguments, Shape output,
        Func<int, int, BlurArguments> tileOf)
    {
        bool isBlur = tiled == BlurTileKernel;
        int stride = arguments.Stride;
        int phases = isBlur ? stride : 1;

        // The adjoint fills the rows of the taps up to a multiple of the stride with zeros.
        int tapPitch = isBlur ? arguments.KernelWidth : ((arguments.KernelWidth - 1) / stride + 1) * stride;
        int tilesX = (output.W + BlurTileWidth - 1) / BlurTileWidth;
        for (int rows = mostRows; rows >= 1; rows /= 2)
        {
            int height = BlurTileHeight;
            int tilesY = (output.H + height * rows - 1) / (height * rows);
            if (isBlur && rows == 1 && (long)tilesX * tilesY * output.Planes < Multiprocessors)
            {
                height /= 2;
                tilesY = (output.H + height - 1) / height;
            }

            BlurArguments tile = tileOf(rows, height) with { TilesX = tilesX, TilesY = tilesY };
            long elements = (long)arguments.KernelHeight * tapPitch + (long)tile.PatchHeight * phases * tile.PatchPitch;
            long blocks = (long)tilesX * tilesY * output.Planes;
            if (elements * sizeof(float) <= BlurSharedBytes && (rows == 1 || blocks >= 2 * Multiprocessors))
            {
                var shape = new LaunchShape(
                    (int)blocks, BlockX: BlurTileWidth, BlockY: height, SharedBytes: (int)elements * sizeof(float));
                Launch(tiled, shape, tile);
                return;
            }
        }

        Launch(plain, LaunchShape.Elements(output.Count, perThread: 1, maxBlocks: int.MaxValue), arguments);
    }

    private bool TryCirculant(
        Tensor x, Tensor kernel, int row, int column, bool isCorrelation, Boundary boundary, float scale,
        Tensor? addend, Tensor y)
    {
        int tilesX = (y.Shape.W + BlurTileWidth - 1) / BlurTileWidth;
        for (int rows = 2; rows >= 1; rows--)
        {
            int tilesY = (y.Shape.H + BlurTileHeight * rows - 1) / (BlurTileHeight * rows);
            long blocks = (long)tilesX * tilesY * y.Shape.Planes;
            long bytes = CirculantSharedBytes(kernel.Shape, rows);
            if (bytes > BlurSharedBytes || (rows > 1 && blocks < CirculantBlocks * Multiprocessors))
            {
                continue;
            }

            var arguments = new CirculantArguments(
                Address(x), Address(kernel), AddressOrNull(addend), Address(y), scale, x.Shape.H, x.Shape.W, y.Shape.H,
                y.Shape.W, kernel.Shape.H, kernel.Shape.W, row, column, isCorrelation ? 1 : 0, (int)boundary, tilesX,
                tilesY, rows);
            var shape = new LaunchShape((int)blocks, BlockX: CirculantThreads, SharedBytes: (int)bytes);
            Launch(CirculantKernel, shape, arguments);
            return true;
        }

        return false;
    }

    /// <summary>The bytes of the taps, padded with zeros, and of the patch.</summary>
    private static long CirculantSharedBytes(Shape kernel, int rows)
    {
        long tapPitch = (kernel.W + 3L) & ~3L;
        long taps = (kernel.H + 2 * (rows - 1)) * tapPitch;
        long patch = (BlurTileHeight * rows + kernel.H - 1) * (BlurTileWidth + tapPitch);
        return (taps + patch) * sizeof(float);
    }

    /// <summary>
    /// The offset of the first tap of the kernel from the source pixel of a measurement, downwards and to the right.
    /// </summary>
    private static (int Row, int Column) BlurOrigin(Shape kernel, Boundary boundary) =>
        boundary == Boundary.Valid ? (kernel.H - 1, kernel.W - 1) : ((kernel.H - 1) / 2, (kernel.W - 1) / 2);

    private static BlurArguments BlurArgumentsOf(
        Tensor input, Tensor kernel, int stride, Boundary boundary, float scale, Tensor? addend, Tensor output,
        Shape image, Shape measurement)
    {
        (int row, int column) = BlurOrigin(kernel.Shape, boundary);
        return new BlurArguments(
            Address(input), Address(kernel), AddressOrNull(addend), Address(output), scale, image.H, image.W,
            measurement.H, measurement.W, kernel.Shape.H, kernel.Shape.W, row, column, stride, (int)boundary, Rows: 1,
            BlockHeight: BlurTileHeight, TilesX: 0, TilesY: 0, PatchHeight: 0, PatchPitch: 0, image.Planes);
    }

    [KernelArguments("blur_tile", "blur_plain", "blur_adjoint_tile", "blur_adjoint_plain")]
    private readonly record struct BlurArguments(
        DevicePointer Input, DevicePointer Kernel, DevicePointer Addend, DevicePointer Output, float Scale, int Height,
        int Width, int LowHeight, int LowWidth, int KernelHeight, int KernelWidth, int Row, int Column, int Stride,
        int Boundary, int Rows, int BlockHeight, int TilesX, int TilesY, int PatchHeight, int PatchPitch, int Planes);

    [KernelArguments("circulant")]
    private readonly record struct CirculantArguments(
        DevicePointer X, DevicePointer Kernel, DevicePointer Addend, DevicePointer Y, float Scale, int Height,
        int Width, int OutHeight, int OutWidth, int KernelHeight, int KernelWidth, int Row, int Column, int Correlate,
        int Boundary, int TilesX, int TilesY, int Rows);
}
