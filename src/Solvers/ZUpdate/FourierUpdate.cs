using System.Numerics;
using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// The closed form entirely in the Fourier domain (Zhao, Wei et al., IEEE TIP 25(8):3683, 2016; docs/mathematics.md
/// §3): one forward and one inverse transform on the image grid, for a kernel of any size. It is the faster of the two
/// exact Fourier forms if the kernel is large or the stride is 1.
/// </summary>
public sealed class FourierUpdate : IZUpdate
{
    private readonly IBlur _operator;
    private readonly Tensor _y;
    private readonly FourierUpdate? _shared;
    private readonly TensorScope _scope;
    private readonly Tensor _transfer;
    private readonly Tensor _gain;
    private readonly Tensor _ySpectrum;
    private readonly Tensor _imageSpectrum;
    private readonly Tensor _gridSpectrum;

    /// <summary>Creates the update. Kernel and measurement are transformed once.</summary>
    public FourierUpdate(IBlur linearOperator, Tensor y, double rho)
    {
        _operator = linearOperator;
        _y = y;
        Shape grid = linearOperator.MeasurementShape;
        _scope = new TensorScope(linearOperator.Device);
        _transfer = _scope.Add(Transfer(linearOperator));
        _gain = _scope.Add(Gain(linearOperator, rho));
        _ySpectrum = _scope.Allocate(grid.Spectrum);
        _gridSpectrum = _scope.Allocate(grid.Spectrum);
        _imageSpectrum = _scope.Allocate(linearOperator.ImageShape.Spectrum);
        MeasurementChanged();
    }

    /// <summary>
    /// Creates the update of the same problem for another ρ. It shares the workspace and the transforms of kernel and
    /// measurement.
    /// </summary>
    /// <param name="shared">
    /// The update to share with. It must not be disposed before this one, and its
    /// <see cref="MeasurementChanged"/> updates both.
    /// </param>
    /// <param name="rho">The other ρ.</param>
    public FourierUpdate(FourierUpdate shared, double rho)
    {
        _operator = shared._operator;
        _y = shared._y;
        _shared = shared;
        _scope = new TensorScope(_operator.Device);
        _transfer = shared._transfer;
        _gain = _scope.Add(Gain(_operator, rho));
        _ySpectrum = shared._ySpectrum;
        _gridSpectrum = shared._gridSpectrum;
        _imageSpectrum = shared._imageSpectrum;
    }

    /// <summary>
    /// Whether this form is cheaper than transforms on the measurement grid between spatial A and Aᵀ. Costs are counted
    /// in multiply-adds per pixel and fitted to the CPU backend at 512². This form is cheaper at stride 1, and for
    /// large kernels that are not separable.
    /// </summary>
    public static bool IsCheaper(IBlur linearOperator)
    {
        const double TransformPerBit = 0.9;
        const double Pointwise = 8;
        const double Passes = 3;

        // Relative cost of a tap: 1 for a separable kernel, this for a non-separable one, and four times this for a
        // sparse kernel, which skips zeros but does not stream. Fitted to the same measurements.
        const double WholeKernelTap = 1.2;
        const double SparseTap = 4;
        BlurKernel kernel = linearOperator.Kernel;
        double stride = linearOperator.Stride;
        double pixels = linearOperator.ImageShape.PlaneSize;
        double measurements = linearOperator.MeasurementShape.PlaneSize;
        double whole = WholeKernelTap * Math.Min(kernel.Height * kernel.Width, SparseTap * kernel.NonzeroCount)
            / (stride * stride);
        double separableTerm = (kernel.Height + kernel.Width / stride) / stride;
        double separable = separableTerm * kernel.CountSeparableTerms((int)Math.Ceiling(whole / separableTerm));
        double spatial = Math.Min(separable, whole) + TransformPerBit * Math.Log2(measurements) / (stride * stride);
        return TransformPerBit * Math.Log2(pixels) + Pointwise < spatial + Passes;
    }

    /// <inheritdoc/>
    public void MeasurementChanged()
    {
        if (_shared is null)
        {
            _operator.Device.RealFft2(_y, _ySpectrum);
        }
    }

    /// <inheritdoc/>
    public void Solve(Tensor q, Tensor z)
    {
        Device device = _operator.Device;
        Shape shape = _operator.ImageShape;
        int stride = _operator.Stride;
        device.RealFft2(q, _imageSpectrum);
        device.SpectrumResidual(_imageSpectrum, _ySpectrum, _transfer, shape, stride, _gridSpectrum);
        device.ScaleSpectrum(_gridSpectrum, _gain, _gridSpectrum);
        device.SpectrumCorrection(_imageSpectrum, _gridSpectrum, _transfer, shape, stride, _imageSpectrum);
        device.InverseRealFft2(_imageSpectrum, z);
    }

    /// <summary>Frees the workspace.</summary>
    public void Dispose() => _scope.Dispose();

    /// <summary>1/(Γ + ρ) on the half spectrum of the measurement grid.</summary>
    private static Tensor Gain(IBlur linearOperator, double rho) => linearOperator.Gram.Kernel!.ToGain(
        linearOperator.Device, linearOperator.MeasurementShape, value => 1 / (Math.Max(value, 0) + rho));

    /// <summary>
    /// ĥ on the half spectrum: the DFT of the kernel with its origin moved to (0, 0), in double precision.
    /// </summary>
    private static Tensor Transfer(IBlur linearOperator)
    {
        Shape shape = linearOperator.ImageShape;
        BlurKernel kernel = linearOperator.Kernel;
        Complex[] half = KernelSpectrum.Of(
            kernel.Values, kernel.Height, (kernel.Height - 1) / 2, (kernel.Width - 1) / 2, shape.H, shape.W);
        Shape spectrum = (shape with { N = 1, C = 1 }).Spectrum;
        float[] transfer = new float[spectrum.Count];
        for (int i = 0; i < half.Length; i++)
        {
            transfer[2 * i] = (float)half[i].Real;
            transfer[2 * i + 1] = (float)half[i].Imaginary;
        }

        return linearOperator.Device.Allocate(spectrum, transfer);
    }
}
