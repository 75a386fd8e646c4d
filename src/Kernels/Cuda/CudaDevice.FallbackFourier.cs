using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda;

/// <summary>
/// The Fourier transform without cuFFT (native/fft.cu): mixed-radix passes over rows, then columns, or the reverse.
/// Planes are processed in groups, so that the size of the workspace is bounded.
/// </summary>
public sealed partial class CudaDevice
{
    private const int FourierScratch = 3;

    /// <summary>
    /// The number of pixels of a group of planes, with 16 bytes of workspace each; a larger plane is a group of its
    /// own.
    /// </summary>
    private const int FourierGroupPixels = 1 << 24;

    private const int ComplexBytes = 2 * sizeof(float);

    private static readonly KernelId FftRootsKernel = new("fft", "fft_roots");
    private static readonly KernelId FftPassKernel = new("fft", "fft_pass");
    private static readonly KernelId FftPassAnyKernel = new("fft", "fft_pass_any");

    /// <summary>The layout of the input or output of a pass.</summary>
    private enum FftForm
    {
        Complex,
        Real,

        /// <summary>Columns 0 … ⌊n/2⌋ of Hermitian rows.</summary>
        Half,
    }

    /// <summary><see cref="Device.RealFft2"/> by hand-written kernels.</summary>
    internal void FallbackRealFft2(Tensor x, Tensor spectrum)
    {
        Shape image = x.Shape;
        int columns = image.W / 2 + 1;
        int group = FourierGroup(image);
        FftBuffers buffers = MakeFftBuffers(image, group);
        for (int plane = 0; plane < image.Planes; plane += group)
        {
            int planes = Math.Min(group, image.Planes - plane);
            DevicePointer pixels = Address(x).Plus((long)plane * image.PlaneSize * sizeof(float));
            DevicePointer result = Address(spectrum).Plus((long)plane * image.H * columns * ComplexBytes);
            var rows = new FftLines(image.W, 1, planes * image.H, buffers.RowRoots, 1, 1);
            DevicePointer transformed = RunFft(rows, pixels, FftForm.Real, buffers, default, FftForm.Complex, 1, 1);
            var lines = new FftLines(image.H, columns, planes, buffers.ColumnRoots, image.W, columns);
            RunFft(lines, transformed, FftForm.Complex, buffers, result, FftForm.Complex, 1, 1);
        }
    }

    /// <summary><see cref="Device.InverseRealFft2"/> by hand-written kernels.</summary>
    internal void FallbackInverseRealFft2(Tensor spectrum, Tensor x)
    {
        Shape image = x.Shape;
        int columns = image.W / 2 + 1;
        int group = FourierGroup(image);
        FftBuffers buffers = MakeFftBuffers(image, group);
        float scale = (float)(1.0 / image.PlaneSize);
        for (int plane = 0; plane < image.Planes; plane += group)
        {
            int planes = Math.Min(group, image.Planes - plane);
            DevicePointer half = Address(spectrum).Plus((long)plane * image.H * columns * ComplexBytes);
            DevicePointer result = Address(x).Plus((long)plane * image.PlaneSize * sizeof(float));
            var lines = new FftLines(image.H, columns, planes, buffers.ColumnRoots, columns, columns);
            DevicePointer transformed = RunFft(lines, half, FftForm.Complex, buffers, default, FftForm.Complex, -1, 1);
            var rows = new FftLines(image.W, 1, planes * image.H, buffers.RowRoots, 1, 1);
            RunFft(rows, transformed, FftForm.Half, buffers, result, FftForm.Real, -1, scale);
        }
    }

    private static int FourierGroup(Shape image) => Math.Clamp(FourierGroupPixels / image.PlaneSize, 1, image.Planes);

    /// <summary>Lays out the scratch memory and computes the tables of roots.</summary>
    private FftBuffers MakeFftBuffers(Shape image, int planes)
    {
        long bytes = (long)planes * image.PlaneSize * ComplexBytes;
        DevicePointer first = Scratch(FourierScratch, 2 * bytes + ((long)image.H + image.W) * ComplexBytes);
        DevicePointer roots = first.Plus(2 * bytes);
        var arguments = new FftRootsArguments(roots, image.H, image.W);
        Launch(FftRootsKernel, LaunchShape.Elements((long)image.H + image.W, perThread: 1, int.MaxValue), arguments);
        return new FftBuffers(first, first.Plus(bytes), roots, roots.Plus((long)image.H * ComplexBytes));
    }

    /// <summary>
    /// Runs all passes over the lines of one axis. The last one writes to <paramref name="output"/>, or to one of the
    /// buffers if that is null; returns the address.
    /// </summary>
    private DevicePointer RunFft(
        FftLines lines, DevicePointer input, FftForm inputForm, FftBuffers buffers, DevicePointer output,
        FftForm outputForm, float direction, float scale)
    {
        int span = 1;
        int inputPitch = lines.InputPitch;
        while (true)
        {
            int radix = FftRadix(lines.Length / span);
            bool isLast = span * radix == lines.Length;
            DevicePointer next = input == buffers.First ? buffers.Second : buffers.First;
            DevicePointer target = isLast && output != DevicePointer.Null ? output : next;
            var arguments = new FftPassArguments(
                input, lines.Roots, target, lines.Length, radix, span, lines.Inner, inputPitch, lines.OutputPitch,
                lines.Outer, inputForm, isLast ? outputForm : FftForm.Complex, direction, isLast ? scale : 1);
            bool isSpecial = radix is >= 2 and <= 5;
            long threads = (long)lines.Outer * lines.Inner * lines.Length / (isSpecial ? radix : 1);
            KernelId pass = isSpecial ? FftPassKernel : FftPassAnyKernel;
            Launch(pass, LaunchShape.Elements(threads, perThread: 1), arguments);
            span *= radix;
            if (isLast)
            {
                return target;
            }

            input = target;
            inputForm = FftForm.Complex;
            inputPitch = lines.OutputPitch;
        }
    }

    /// <summary>
    /// The radix of the next pass for the remaining length: 4 if it divides it, otherwise the smallest prime factor.
    /// </summary>
    private static int FftRadix(int length)
    {
        if (length % 4 == 0)
        {
            return 4;
        }

        for (int prime = 2; prime <= length / prime; prime++)
        {
            if (length % prime == 0)
            {
                return prime;
            }
        }

        return length;
    }

    private readonly record struct FftBuffers(
        DevicePointer First, DevicePointer Second, DevicePointer ColumnRoots, DevicePointer RowRoots);

    /// <summary>
    /// The lines of one axis: their length, the number of adjacent lines in a group, and the number of groups.
    /// </summary>
    private readonly record struct FftLines(
        int Length, int Inner, int Outer, DevicePointer Roots, int InputPitch, int OutputPitch);

    [KernelArguments("fft_roots")]
    private readonly record struct FftRootsArguments(DevicePointer Roots, int Height, int Width);

    [KernelArguments("fft_pass", "fft_pass_any")]
    private readonly record struct FftPassArguments(
        DevicePointer Input, DevicePointer Roots, DevicePointer Output, int Length, int Radix, int Span, int Inner,
        int InputPitch, int OutputPitch, int Outer, FftForm InputForm, FftForm OutputForm, float Direction,
        float Scale);
}
