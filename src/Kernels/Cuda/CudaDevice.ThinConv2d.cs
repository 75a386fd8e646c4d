using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cuda;

/// <summary>Convolution of few channels (native/thin_convolution.cu).</summary>
public sealed partial class CudaDevice
{
    private const int ThinSide = 32;
    private const int ThinChannels = 4;
    private const int LargestThinKernel = 9;

    // Shared memory that patches and weights may take before a second channel is refused: several blocks have to fit a
    // multiprocessor. One channel always fits 48 KB.
    private const int ThinSharedBytes = 24 << 10;
    private const int MostGridZ = 65535;

    private static readonly KernelId ThinOne1 = new("thin_convolution", "thin_convolution_one_1");
    private static readonly KernelId ThinOne2 = new("thin_convolution", "thin_convolution_one_2");
    private static readonly KernelId ThinFour1 = new("thin_convolution", "thin_convolution_four_1");
    private static readonly KernelId ThinFour2 = new("thin_convolution", "thin_convolution_four_2");

    /// <summary>Whether a layer is one for <see cref="ThinConv2d"/>: four channels or fewer on one side.</summary>
    internal static bool IsThin(Shape weightShape, Conv2dSpec spec) =>
        (weightShape.N <= ThinChannels || weightShape.C <= ThinChannels)
        && weightShape.H <= LargestThinKernel
        && weightShape.W <= LargestThinKernel
        && spec.Stride <= 2;

    /// <summary>
    /// Whether the adjoint in the input is one for <see cref="ThinConv2dBackwardInput"/>: a thin layer of stride 1,
    /// whose adjoint is a convolution with flipped weights.
    /// </summary>
    internal static bool IsThinBackwardInput(Shape weightShape, Conv2dSpec spec, Shape gyShape, Shape gxShape) =>
        spec.Stride == 1
        && IsThin(weightShape, spec)
        && (spec.Boundary == Boundary.Zero || OutputsTile(gxShape, gyShape, 1));

    /// <summary>The convolution of a layer that <see cref="IsThin"/>; <see cref="Device.Conv2d"/>.</summary>
    internal void ThinConv2d(
        DevicePointer x, Shape xShape, DevicePointer weights, Shape weightShape, DevicePointer biasOrNull,
        Conv2dSpec spec, Activation activation, DevicePointer y, Shape yShape)
    {
        int taps = weightShape.PlaneSize;
        var strides = new ThinWeights(taps, weightShape.C * taps, Flipped: 0);
        LaunchThin(x, xShape, weights, weightShape, strides, biasOrNull, spec, activation, y, yShape);
    }

    /// <summary>
    /// The adjoint in the input of a layer that <see cref="IsThinBackwardInput"/>; <see
    /// cref="Device.Conv2dBackwardInput"/>.
    /// </summary>
    internal void ThinConv2dBackwardInput(
        DevicePointer gy, Shape gyShape, DevicePointer weights, Shape weightShape, DevicePointer biasOrNull,
        Conv2dSpec spec, Activation activation, DevicePointer gx, Shape gxShape)
    {
        int taps = weightShape.PlaneSize;
        var strides = new ThinWeights(weightShape.C * taps, taps, Flipped: 1);
        Conv2dSpec mirrored = spec with
        {
            Top = weightShape.H - 1 - spec.Top,
            Left = weightShape.W - 1 - spec.Left,
        };
        LaunchThin(gy, gyShape, weights, weightShape, strides, biasOrNull, mirrored, activation, gx, gxShape);
    }

    private void LaunchThin(
        DevicePointer source, Shape sourceShape, DevicePointer weights, Shape weightShape, ThinWeights strides,
        DevicePointer bias, Conv2dSpec spec, Activation activation, DevicePointer result, Shape resultShape)
    {
        // An odd pitch keeps rows of a patch in different banks.
        int reach = (ThinSide - 1) * spec.Stride;
        int pitch = (reach + weightShape.W) | 1;
        int outputs = resultShape.C == 1 ? 1 : ThinChannels;
        int channelFloats = (reach + weightShape.H) * pitch + weightShape.PlaneSize * outputs;
        int stage = Math.Clamp(ThinSharedBytes / (channelFloats * sizeof(float)), 1, sourceShape.C);
        int sharedFloats = stage * channelFloats + 3;

        long layers = (long)resultShape.N * ((resultShape.C + outputs - 1) / outputs);
        var shape = new LaunchShape(
            (resultShape.W + ThinSide - 1) / ThinSide,
            (resultShape.H + ThinSide - 1) / ThinSide,
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
            source, weights, bias, result, sourceShape.C, sourceShape.H, sourceShape.W, resultShape.C, resultShape.H,
            resultShape.W, weightShape.H, weightShape.W, spec.Top, spec.Left,
            spec.Boundary == Boundary.Periodic ? 1 : 0, (int)activation, strides.Source, strides.Result,
            strides.Flipped, stage, pitch, resultShape.N));
    }

    /// <summary>How weights are found for a channel of the source, a channel of the result and a tap.</summary>
    private readonly record struct ThinWeights(int Source, int Result, int Flipped);

    [KernelArguments(
        "thin_convolution_one_1", "thin_convolution_one_2", "thin_convolution_four_1", "thin_convolution_four_2")]
    private readonly record struct ThinConvolutionArguments(
        DevicePointer Source, DevicePointer Weights, DevicePointer Bias, DevicePointer Result, int SourceChannels,
        int SourceHeight, int SourceWidth, int ResultChannels, int ResultHeight, int ResultWidth, int KernelHeight,
        int KernelWidth, int Top, int Left, int Circular, int Activation, int SourceWeight, int ResultWeight,
        int Flipped, int Stage, int Pitch, int Batch);
}
