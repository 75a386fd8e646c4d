using InfAdmm.Engine;

namespace InfAdmm.Solvers.Operators;

/// <summary>
/// A = S H, separately on every channel: a blur with a given boundary, then every stride-th pixel (docs/mathematics.md
/// §3). With stride 1 it is a blur, with a 1×1 kernel a decimation.
/// </summary>
public sealed class BlurDownsample : IBlur, IMatrixRows
{
    /// <summary>Creates the operator for one image shape.</summary>
    /// <param name="device">The device that runs it.</param>
    /// <param name="kernel">The blur H.</param>
    /// <param name="stride">The distance between measured pixels.</param>
    /// <param name="imageShape">The shape of x, (N, C, H, W).</param>
    /// <param name="boundary">How the blur extends an image beyond its edges.</param>
    /// <exception cref="InputException">
    /// The stride is below 1 or does not divide the image size (any size is allowed for a valid blur), or the kernel is
    /// larger than the image.
    /// </exception>
    public BlurDownsample(
        Device device, BlurKernel kernel, int stride, Shape imageShape, Boundary boundary = Boundary.Periodic)
    {
        Check(kernel, stride, imageShape, boundary);
        Device = device;
        Kernel = kernel;
        Stride = stride;
        ImageShape = imageShape;
        Boundary = boundary;
        MeasurementShape = Device.BlurOutput(imageShape, Shape.Matrix(kernel.Height, kernel.Width), stride, boundary);
        Gram = GramOf(kernel, stride, boundary);
        KernelTensor = kernel.ToTensor(device);
    }

    /// <inheritdoc/>
    public Device Device { get; }

    /// <inheritdoc/>
    public BlurKernel Kernel { get; }

    /// <inheritdoc/>
    public int Stride { get; }

    /// <inheritdoc/>
    public Boundary Boundary { get; }

    /// <inheritdoc/>
    public GramStructure Gram { get; }

    /// <inheritdoc/>
    public Shape GramBlock => MeasurementShape with { N = 1, C = 1 };

    /// <inheritdoc/>
    public LocalModel Local => field ??= new LocalModel(new KernelField([Kernel], 1), Stride, Boundary);

    /// <inheritdoc/>
    public ILinearOperator OfSize(Shape imageShape) =>
        new BlurDownsample(Device, Kernel, Stride, imageShape, Boundary);

    /// <inheritdoc/>
    public Tensor KernelTensor { get; }

    /// <inheritdoc/>
    public Shape ImageShape { get; }

    /// <inheritdoc/>
    public Shape MeasurementShape { get; }

    /// <inheritdoc/>
    public int MostEntries => Kernel.NonzeroCount;

    /// <summary>Returns why these arguments are invalid, with the fix; null if they are valid.</summary>
    public static string? WhyNot(BlurKernel kernel, int stride, Shape image, Boundary boundary = Boundary.Periodic) =>
        WhyNotStride(stride, image, boundary) ?? WhyNotKernel(kernel, image);

    /// <summary>The image shape that has a given measurement: the smallest one for a valid blur.</summary>
    public static Shape ImageOf(Shape measurement, BlurKernel kernel, int stride, Boundary boundary) =>
        boundary != Boundary.Valid ? measurement.Upsampled(stride) : measurement with
        {
            H = (measurement.H - 1) * stride + kernel.Height,
            W = (measurement.W - 1) * stride + kernel.Width,
        };

    /// <inheritdoc/>
    public void Apply(Tensor x, Tensor y) => Device.Blur(x, KernelTensor, Stride, Boundary, 1, null, y);

    /// <inheritdoc/>
    public void Adjoint(Tensor y, Tensor x) => Device.BlurAdjoint(y, KernelTensor, Stride, Boundary, 1, null, x);

    /// <summary>e = y − scale·A q, in one pass; e may be y.</summary>
    public void Residual(Tensor y, Tensor q, Tensor e, float scale = 1) =>
        Device.Blur(q, KernelTensor, Stride, Boundary, -scale, y, e);

    /// <summary>z = q + scale·Aᵀ w, in one pass; z may be q.</summary>
    public void AddAdjoint(Tensor q, float scale, Tensor w, Tensor z) =>
        Device.BlurAdjoint(w, KernelTensor, Stride, Boundary, scale, q, z);

    /// <inheritdoc/>
    public void AppendRow(int measurement, List<(int Pixel, double Weight)> entries) => BlurRow.Append(
        Kernel.Values, Shape.Matrix(Kernel.Height, Kernel.Width), Stride, Boundary, ImageShape,
        measurement / MeasurementShape.W, measurement % MeasurementShape.W, entries);

    /// <summary>Frees the kernel's tensor.</summary>
    public void Dispose() => KernelTensor.Dispose();

    /// <summary>Throws unless the arguments are valid; the message says how to fix them.</summary>
    /// <exception cref="InputException">The stride or the kernel does not fit the image.</exception>
    internal static void Check(
        BlurKernel kernel, int stride, Shape image, Boundary boundary, string kernelParameter = "kernel")
    {
        if (WhyNotStride(stride, image, boundary) is { } unfit)
        {
            throw new InputException(unfit) { Parameter = nameof(stride) };
        }

        if (WhyNotKernel(kernel, image) is { } tooLarge)
        {
            throw new InputException(tooLarge) { Parameter = kernelParameter };
        }
    }

    private static string? WhyNotStride(int stride, Shape image, Boundary boundary) =>
        stride < 1 || (boundary != Boundary.Valid && (image.H % stride != 0 || image.W % stride != 0))
            ? $"a stride of {stride} does not divide an image of {image.W}x{image.H}: " +
                "choose a size that is a multiple of the stride"
            : null;

    private static string? WhyNotKernel(BlurKernel kernel, Shape image) =>
        kernel.Height > image.H || kernel.Width > image.W
            ? $"the kernel {kernel.Name} ({kernel.Width}x{kernel.Height}) is larger than an image of " +
                $"{image.W}x{image.H}: choose a smaller kernel or a larger image"
            : null;

    private static GramStructure GramOf(BlurKernel kernel, int stride, Boundary boundary)
    {
        var periodic = PeriodicKernel.Gram(kernel, stride);
        if (boundary == Boundary.Periodic)
        {
            return CirculantGram.Of(periodic);
        }

        // Only whole kernels are known not to overlap; other boundaries cut or fold the kernel at the border, unless it
        // is one pixel.
        bool isWhole = boundary == Boundary.Valid || kernel.Values.Length == 1;
        return periodic.IsScalar && isWhole
            ? new ScalarGram(periodic.Centre)
            : new UnstructuredGram(boundary switch
            {
                Boundary.Zero =>
                    "a zero boundary cuts the kernel at the border, so that A Aᵀ is not a periodic convolution",
                Boundary.Reflect =>
                    "a reflecting boundary folds the kernel at the border, so that A Aᵀ is not a periodic convolution",
                _ => "a valid blur measures no pixels across the border, so that A Aᵀ is not a periodic convolution",
            });
    }
}
