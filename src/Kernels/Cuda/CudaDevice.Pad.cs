using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda;

/// <summary>
/// Padding, concatenation of channels and space to depth in one pass, and the adjoint of padding, for convolutions
/// whose padding cuDNN does not support (native/pad.cu). Bound by memory.
/// </summary>
public sealed partial class CudaDevice
{
    private static readonly KernelId PadKernel = new("pad", "pad");
    private static readonly KernelId UnpadAddKernel = new("pad", "unpad_add");

    /// <summary>
    /// Writes channels toChannel … toChannel + C·f² − 1 of an image (N, targetChannels, H/f + top + bottom, W/f + left
    /// + right) from a source (N, C, H, W), where f is <paramref name="unshuffle"/>: the source after
    /// <see cref="Device.PixelUnshuffle"/> and padding. The padding may be larger than the source.
    /// </summary>
    internal void Pad(
        DevicePointer source, Shape sourceShape, int unshuffle, Boundary boundary, int top, int left, int bottom,
        int right, DevicePointer target, int targetChannels, int toChannel)
    {
        int height = sourceShape.H / unshuffle;
        int width = sourceShape.W / unshuffle;
        int paddedHeight = height + top + bottom;
        int paddedWidth = width + left + right;
        long rows = (long)sourceShape.Planes * unshuffle * unshuffle * paddedHeight;
        var arguments = new PadArguments(
            source, target, (int)rows, height, width, paddedWidth, top, left, boundary == Boundary.Periodic ? 1 : 0,
            targetChannels, toChannel, Divisor.Of(sourceShape.C), Divisor.Of(unshuffle), Divisor.Of(unshuffle * unshuffle),
            Divisor.Of(paddedHeight), PartsOfRow(paddedWidth));
        Launch(PadKernel, RowsShape(rows, paddedWidth), arguments);
    }

    /// <summary>
    /// The adjoint of <see cref="Pad"/> without unshuffling: result[n,c,i,j] = act(bias[c] + the sum over the pixels of
    /// the padded image that Pad copies from (i, j)).
    /// </summary>
    /// <param name="padded">(N, C, H + top + bottom, W + left + right).</param>
    /// <param name="target">(N, C, H, W), the shape of the result.</param>
    /// <param name="boundary">The boundary of the padding.</param>
    /// <param name="top">Rows of padding above the image.</param>
    /// <param name="left">Columns of padding to the left of the image.</param>
    /// <param name="bottom">Rows of padding below the image.</param>
    /// <param name="right">Columns of padding to the right of the image.</param>
    /// <param name="bias">C values, or null for zero.</param>
    /// <param name="activation">The function that is applied to the sum.</param>
    /// <param name="result">The result; must not be <paramref name="padded"/>.</param>
    internal void UnpadAdd(
        DevicePointer padded, Shape target, Boundary boundary, int top, int left, int bottom, int right,
        DevicePointer bias, Activation activation, DevicePointer result)
    {
        var arguments = new UnpadAddArguments(
            padded, bias, result, target.Planes * target.H, target.W, target.H + top + bottom, target.W + left + right, top,
            left, boundary == Boundary.Periodic ? 1 : 0, (int)activation, Divisor.Of(target.C), Divisor.Of(target.H),
            PartsOfRow(target.W));
        Launch(UnpadAddKernel, RowsShape(arguments.Rows, target.W), arguments);
    }

    [KernelArguments("pad")]
    private readonly record struct PadArguments(
        DevicePointer Source, DevicePointer Target, int Rows, int Height, int Width, int PaddedWidth, int Top, int Left,
        int Periodic, int TargetChannels, int ToChannel, Divisor Channels, Divisor Factor, Divisor Phases,
        Divisor PaddedHeight, Divisor Parts);

    [KernelArguments("unpad_add")]
    private readonly record struct UnpadAddArguments(
        DevicePointer Padded, DevicePointer Bias, DevicePointer Result, int Rows, int Width, int PaddedHeight,
        int PaddedWidth, int Top, int Left, int Periodic, int Activation, Divisor Channels, Divisor Height, Divisor Parts);
}
