using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda;

/// <summary>
/// The gradient of a convolution with respect to its weights without cuDNN (native/convolution_weights.cu).
/// </summary>
public sealed partial class CudaDevice
{
    private const int PartsSlot = 1;

    // The number of blocks to divide the work among, and the minimum number of pixels of a part: adding up the parts
    // must not cost more than computing them. They are constants and not properties of the GPU, so that sums are the
    // same on every GPU.
    private const long WantedBlocks = 1024;
    private const long FewestPixels = 256;
    private const long PixelUnit = 16;

    private static readonly TileKernels ConvolutionWeights = new("convolution_weights", "convolution_weights");
    private static readonly KernelId ConvolutionWeightsSum = new("convolution_weights", "convolution_weights_sum");

    /// <summary>
    /// <see cref="Device.Conv2dBackwardWeights"/> by hand-written kernels, for any shape.
    /// </summary>
    internal void DirectConv2dBackwardWeights(
        DevicePointer x, Shape xShape, DevicePointer gy, Shape gyShape, Conv2dSpec spec, DevicePointer gw,
        Shape gwShape)
    {
        int columns = gwShape.C * gwShape.PlaneSize;
        bool large = gwShape.N > TileShape.Small.Rows && columns > TileShape.Small.Columns;
        TileShape tile = TileShape.Of(large);
        long pixels = (long)gyShape.N * gyShape.PlaneSize;
        long tiles = tile.Count(gwShape.N, columns);
        long wanted = (WantedBlocks + tiles - 1) / tiles;
        long part = Math.Max((pixels + wanted - 1) / wanted, FewestPixels);
        part = Math.Min((part + PixelUnit - 1) / PixelUnit * PixelUnit, int.MaxValue);
        int parts = (int)((pixels + part - 1) / part);

        DevicePointer sums = Scratch(PartsSlot, (long)parts * gwShape.Count * sizeof(double));
        Launch(
            ConvolutionWeights.Of(large),
            tile.Launch(gwShape.N, columns, parts),
            new ConvolutionWeightsArguments(
                x, gy, sums, xShape.N, xShape.C, xShape.H, xShape.W, gyShape.C, gyShape.H, gyShape.W, gwShape.H,
                gwShape.W, spec.Stride, spec.Top, spec.Left, spec.Boundary == Boundary.Periodic ? 1 : 0, (int)part));
        int count = (int)gwShape.Count;
        Launch(
            ConvolutionWeightsSum,
            new LaunchShape((count + LaunchShape.Threads - 1) / LaunchShape.Threads),
            new ConvolutionWeightsSumArguments(sums, gw, count, parts));
    }

    [KernelArguments("convolution_weights_large", "convolution_weights_small")]
    private readonly record struct ConvolutionWeightsArguments(
        DevicePointer X, DevicePointer Gy, DevicePointer Parts, int Batch, int Channels, int Height, int Width,
        int OutputChannels, int OutputHeight, int OutputWidth, int KernelHeight, int KernelWidth, int Stride, int Top,
        int Left, int Periodic, int Part);

    [KernelArguments("convolution_weights_sum")]
    private readonly record struct ConvolutionWeightsSumArguments(
        DevicePointer Parts, DevicePointer Gw, int Count, int PartsCount);
}
