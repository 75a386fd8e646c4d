using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda;

/// <summary>Convolution with few input or output channels (native/thin_convolution.cu).</summary>
public sealed partial class CudaDevice
{
    private const int ThinSide = 32;
    private const int ThinChannels = 4;
    private const int LargestThinKernel = 9;

    // The largest shared memory for patches and weights of more than one channel, so that several blocks fit on a
    // multiprocessor. One channel always fits in 48 KB.
    private const int ThinSharedBytes = 24 << 10;
    private const int MostGridZ = 65535;

    private static readonly KernelId ThinOne1 = new("thin_convolution", "thin_convolution_one_1");
    private static readonly KernelId ThinOne2 = new("thin_convolution", "thin_convolution_one_2");
    private static readonly KernelId ThinFour1 = new("thin_convolution", "thin_convolution_four_1");
    private static readonly KernelId ThinFour2 = new("thin_convolution", "thin_convolution_four_2");

    /// <summary>Whether a layer uses <see cref="ThinConv2d"/>: it has at most four input or output channels.</summary>
    internal static bool IsThin(Shape weightShape, Conv2dSpec spec) =>
        (weightShape.N <= ThinChannels || weightShape.C <= ThinChannels)
        && weightShape.H <= LargestThinKernel
        && weightShape.W <= LargestThinKernel
        && spec.Stride <= 2;

    /// <summary><see cref="Device.Conv2d"/> for a layer for which <see cref="IsThin"/> is true.</summary>
    internal void ThinConv2d(
        DevicePointer x, Shape xShape, DevicePointer weights, Shape weightShape, DevicePointer biasOrNull,
        Conv2dSpec spec, Activation activation, DevicePointer y, Shape yShape)
    {
        // An odd pitch keeps rows of a patch in different banks.
        int reach = (ThinSide - 1) * spec.Stride;
        int pitch = (reach + weightShape.W) | 1;
        int outputs = yShape.C == 1 ? 1 : ThinChannels;
        int channelFloats = (reach + weightShape.H) * pitch + weightShape.PlaneSize * outputs;
        int stage = Math.Clamp(ThinSharedBytes / (channelFloats * sizeof(float)), 1, xShape.C);
        int sharedFloats = stage * channelFloats + 3;

        long layers = (long)yShape.N * ((yShape.C + outputs - 1) / outputs);
        var shape = new LaunchShape(
            (yShape.W + ThinSide - 1) / ThinSide,
            (yShape.H + ThinSide - 1) / ThinSide,
            (int)Math.Min(layers, MostGridZ),
            SharedBytes: sharedFloats * sizeof(float));
        KernelId kernel = (outputs, spec.Stride) switch
        {
            (1, 1) => ThinOne1,
            (1, _) => ThinOne2,
            (_, 1) => ThinFour1,
            _ => ThinFour2,
        };
        Launch(kernel, shape, new ThinConvolutionArguments(
            x, weights, biasOrNull, y, xShape.C, xShape.H, xShape.W, yShape.C, yShape.H, yShape.W, weightShape.H,
            weightShape.W, spec.Top, spec.Left, spec.Boundary == Boundary.Periodic ? 1 : 0, (int)activation, stage,
            pitch, yShape.N));
    }

    [KernelArguments(
        "thin_convolution_one_1", "thin_convolution_one_2", "thin_convolution_four_1", "thin_convolution_four_2")]
    private readonly record struct ThinConvolutionArguments(
        DevicePointer X, DevicePointer Weights, DevicePointer Bias, DevicePointer Y, int XChannels, int XHeight,
        int XWidth, int YChannels, int YHeight, int YWidth, int KernelHeight, int KernelWidth, int Top, int Left,
        int Periodic, int Activation, int Stage, int Pitch, int Batch);
}
