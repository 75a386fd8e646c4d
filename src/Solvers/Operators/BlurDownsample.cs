using InfAdmm.Engine;

namespace InfAdmm.Solvers.Operators;

/// <summary>
/// A = S H on every channel alike: periodic blur by a kernel, then every stride-th pixel (MATH.md §3). With stride 1 it
/// is a blur, and with a 1×1 kernel plain decimation.
/// </summary>
public sealed class BlurDownsample : ILinearOperator, IDisposable
{
    /// <summary>Creates the operator for one image shape.</summary>
    /// <exception cref="InputException">The stride does not divide the image, or the kernel exceeds it.</exception>
    public BlurDownsample(Device device, BlurKernel kernel, int stride, Shape imageShape)
    {
        if (stride < 1 || imageShape.H % stride != 0 || imageShape.W % stride != 0)
        {
            throw new InputException(
                $"--stride {stride} does not divide an image of {imageShape.H}x{imageShape.W}: " +
                "choose a size that is a multiple of the stride");
        }

        if (kernel.Height > imageShape.H || kernel.Width > imageShape.W)
        {
            throw new InputException(
                $"the kernel {kernel.Name} ({kernel.Height}x{kernel.Width}) exceeds an image of " +
                $"{imageShape.H}x{imageShape.W}: choose a smaller kernel or a larger size");
        }

        Device = device;
        Kernel = kernel;
        Stride = stride;
        ImageShape = imageShape;
        MeasurementShape = imageShape.Downsampled(stride);
        Gram = PeriodicKernel.Gram(kernel, stride);
        KernelTensor = kernel.ToTensor(device);
    }

    /// <summary>Where the operator computes.</summary>
    public Device Device { get; }

    /// <summary>The blur.</summary>
    public BlurKernel Kernel { get; }

    /// <summary>The step between measured pixels.</summary>
    public int Stride { get; }

    /// <summary>A Aᵀ, a small convolution on the low-resolution grid.</summary>
    public PeriodicKernel Gram { get; }

    /// <summary>The blur's kernel on the device.</summary>
    internal Tensor KernelTensor { get; }

    /// <inheritdoc/>
    public Shape ImageShape { get; }

    /// <inheritdoc/>
    public Shape MeasurementShape { get; }

    /// <inheritdoc/>
    public void Apply(Tensor x, Tensor y) => Device.Blur(x, KernelTensor, Stride, 1, null, y);

    /// <inheritdoc/>
    public void Adjoint(Tensor y, Tensor x) => Device.BlurAdjoint(y, KernelTensor, Stride, 1, null, x);

    /// <summary>e = y − scale·A q, in one pass.</summary>
    public void Residual(Tensor y, Tensor q, Tensor e, float scale = 1) =>
        Device.Blur(q, KernelTensor, Stride, -scale, y, e);

    /// <summary>z = q + scale·Aᵀ w, in one pass; z may be q.</summary>
    public void AddAdjoint(Tensor q, float scale, Tensor w, Tensor z) =>
        Device.BlurAdjoint(w, KernelTensor, Stride, scale, q, z);

    /// <summary>The smallest and largest eigenvalue of A Aᵀ.</summary>
    public (double Smallest, double Largest) GramBounds()
    {
        double[] spectrum = Gram.Spectrum(MeasurementShape.H, MeasurementShape.W);
        return (Math.Max(spectrum.Min(), 0), spectrum.Max());
    }

    /// <summary>Frees the kernel's tensor.</summary>
    public void Dispose() => KernelTensor.Dispose();
}
