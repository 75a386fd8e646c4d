using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda;

/// <summary>
/// Convolution and its adjoint with respect to the input without cuDNN (native/convolution.cu,
/// native/convolution_input.cu).
/// </summary>
public sealed partial class CudaDevice
{
    private static readonly TileKernels ConvolutionZero = new("convolution", "convolution_zero");
    private static readonly TileKernels ConvolutionPeriodic = new("convolution", "convolution_periodic");
    private static readonly TileKernels ConvolutionInputZero = new("convolution_input", "convolution_input_zero");
    private static readonly TileKernels ConvolutionInputPeriodic =
        new("convolution_input", "convolution_input_periodic");

    private static readonly KernelId ConvolutionInputFold = new("convolution_input", "convolution_input_fold");

    /// <summary><see cref="Device.Conv2d"/> by a hand-written kernel, for any shape.</summary>
    internal void DirectConv2d(
        DevicePointer x, Shape xShape, DevicePointer weights, Shape weightShape, DevicePointer biasOrNull,
        Conv2dSpec spec, Activation activation, DevicePointer y, Shape yShape)
    {
        TileKernels kernels = spec.Boundary == Boundary.Periodic ? ConvolutionPeriodic : ConvolutionZero;
        long pixels = (long)yShape.N * yShape.PlaneSize;
        bool large = UseLargeTiles(yShape.C, pixels, 1);
        Launch(
            kernels.Of(large),
            TileShape.Of(large).Launch(yShape.C, pixels, 1),
            ConvolutionArguments.Of(x, xShape, weights, weightShape, biasOrNull, spec, activation, y, yShape));
    }

    /// <summary>
    /// <see cref="Device.Conv2dBackwardInput"/> by a hand-written kernel, for any shape.
    /// </summary>
    internal void DirectConv2dBackwardInput(
        DevicePointer gy, Shape gyShape, DevicePointer weights, Shape weightShape, DevicePointer biasOrNull,
        Conv2dSpec spec, Activation activation, DevicePointer gx, Shape gxShape)
    {
        ConvolutionArguments arguments =
            ConvolutionArguments.Of(gy, gyShape, weights, weightShape, biasOrNull, spec, activation, gx, gxShape);
        if (spec.Boundary == Boundary.Periodic && !OutputsTile(gxShape, gyShape, spec.Stride))
        {
            LaunchShape shape = TileShape.Small.Launch(gxShape.C, (long)gxShape.N * gxShape.PlaneSize, 1);
            Launch(ConvolutionInputFold, shape, arguments);
            return;
        }

        // Pixels with the same taps are one of stride² lattices.
        TileKernels kernels = spec.Boundary == Boundary.Periodic ? ConvolutionInputPeriodic : ConvolutionInputZero;
        int lattices = spec.Stride * spec.Stride;
        long rows = (gxShape.H + spec.Stride - 1) / spec.Stride;
        long columns = (gxShape.W + spec.Stride - 1) / spec.Stride;
        long pixels = gxShape.N * rows * columns;
        bool large = UseLargeTiles(gxShape.C, pixels, lattices);
        Launch(kernels.Of(large), TileShape.Of(large).Launch(gxShape.C, pixels, lattices), arguments);
    }

    /// <summary>
    /// Whether the outputs of a periodic convolution tile its input, so that they are periodic too.
    /// </summary>
    private static bool OutputsTile(Shape x, Shape y, int stride) =>
        (long)y.H * stride == x.H && (long)y.W * stride == x.W;

    /// <summary>
    /// Large tiles reuse their data more; they are used if there are enough of them for all multiprocessors.
    /// </summary>
    private bool UseLargeTiles(long rows, long columns, long layers) =>
        rows > TileShape.Small.Rows && TileShape.Large.Count(rows, columns) * layers >= Multiprocessors;

    /// <summary>The size of the tile of a block in native/tile_product.cuh.</summary>
    /// <param name="Rows">Rows of the result.</param>
    /// <param name="Columns">Columns of the result.</param>
    private readonly record struct TileShape(int Rows, int Columns)
    {
        private const int TileThreads = 128;

        public static TileShape Large => new(64, 128);

        public static TileShape Small => new(32, 64);

        public static TileShape Of(bool large) => large ? Large : Small;

        public long Count(long rows, long columns) =>
            ((rows + Rows - 1) / Rows) * ((columns + Columns - 1) / Columns);

        /// <summary>The launch shape with tiles of columns along x, tiles of rows along y and layers along z.</summary>
        public LaunchShape Launch(long rows, long columns, int layers) => new(
            (int)((columns + Columns - 1) / Columns), (int)((rows + Rows - 1) / Rows), layers, TileThreads);

        /// <summary>The launch shape with all tiles along x, row by row.</summary>
        public LaunchShape LaunchInLine(long rows, long columns) =>
            new(checked((int)Count(rows, columns)), BlockX: TileThreads);
    }

    [KernelArguments(
        "convolution_zero_large", "convolution_zero_small", "convolution_periodic_large", "convolution_periodic_small",
        "convolution_input_zero_large", "convolution_input_zero_small", "convolution_input_periodic_large",
        "convolution_input_periodic_small", "convolution_input_fold")]
    private readonly record struct ConvolutionArguments(
        DevicePointer Source, DevicePointer Weights, DevicePointer Bias, DevicePointer Result, int Batch,
        int SourceChannels, int SourceHeight, int SourceWidth, int ResultChannels, int ResultHeight, int ResultWidth,
        int KernelHeight, int KernelWidth, int Stride, int Top, int Left, int Activation)
    {
        public static ConvolutionArguments Of(
            DevicePointer source, Shape sourceShape, DevicePointer weights, Shape weightShape, DevicePointer bias,
            Conv2dSpec spec, Activation activation, DevicePointer result, Shape resultShape) => new(
            source, weights, bias, result, sourceShape.N, sourceShape.C, sourceShape.H, sourceShape.W, resultShape.C,
            resultShape.H, resultShape.W, weightShape.H, weightShape.W, spec.Stride, spec.Top, spec.Left,
            (int)activation);
    }

    /// <summary>A kernel in two versions, for large and for small tiles.</summary>
    private sealed class TileKernels(string module, string name)
    {
        private readonly KernelId _large = new(module, name + "_large");
        private readonly KernelId _small = new(module, name + "_small");

        public KernelId Of(bool large) => large ? _large : _small;
    }
}
