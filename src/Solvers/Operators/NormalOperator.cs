using InfAdmm.Engine;

namespace InfAdmm.Solvers.Operators;

/// <summary>
/// ρI + A Aᵀ on the measurement grid, applied in the cheapest way that A Aᵀ allows: as a small periodic convolution,
/// through the Fourier transform for a large kernel (the two cost the same near 10×10 on the CPU backend), otherwise by
/// applying Aᵀ and then A.
/// </summary>
public sealed class NormalOperator : ISymmetricMap, IDisposable
{
    private const int LargestSpatialKernel = 100;

    private readonly ILinearOperator _operator;
    private readonly Device _device;
    private readonly float _rho;
    private readonly TensorScope _scope;
    private readonly Tensor? _gain;
    private readonly Tensor? _spectrum;
    private readonly Tensor? _image;

    /// <summary>Creates the map. The caller keeps ownership of A.</summary>
    /// <param name="linearOperator">The operator A.</param>
    /// <param name="rho">The penalty ρ.</param>
    public NormalOperator(ILinearOperator linearOperator, double rho)
    {
        _operator = linearOperator;
        _device = linearOperator.Device;
        _rho = (float)rho;
        _scope = new TensorScope(_device);
        Shape grid = linearOperator.MeasurementShape;
        if (linearOperator.Gram.Kernel?.PlusIdentity(rho) is not { } kernel)
        {
            _image = _scope.Allocate(linearOperator.ImageShape);
        }
        else if (kernel.Values.Length <= LargestSpatialKernel)
        {
            Kernel = _scope.Add(kernel.ToTensor(_device, grid));
        }
        else
        {
            _spectrum = _scope.Allocate(grid.Spectrum);
            _gain = _scope.Add(kernel.ToGain(_device, grid, value => value));
        }
    }

    /// <summary>
    /// The small periodic convolution, (1, 1, height, width); null if A Aᵀ is not one or its kernel is large.
    /// </summary>
    public Tensor? Kernel { get; }

    /// <inheritdoc/>
    public void Apply(Tensor x, Tensor y)
    {
        if (Kernel is not null)
        {
            _device.Blur(x, Kernel, 1, 1, null, y);
        }
        else if (_image is not null)
        {
            _operator.Adjoint(x, _image);
            _operator.Apply(_image, y);
            _device.Combine(_rho, x, 1, y, y);
        }
        else
        {
            _device.RealFft2(x, _spectrum!);
            _device.ScaleSpectrum(_spectrum!, _gain!, _spectrum!);
            _device.InverseRealFft2(_spectrum!, y);
        }
    }

    /// <summary>s = e − (ρI + A Aᵀ) w. s must not be e or w.</summary>
    public void Residual(Tensor e, Tensor w, Tensor s)
    {
        if (Kernel is not null)
        {
            _device.Blur(w, Kernel, 1, -1, e, s);
            return;
        }

        Apply(w, s);
        _device.Combine(1, e, -1, s, s);
    }

    /// <summary>Frees the kernel and the workspace.</summary>
    public void Dispose() => _scope.Dispose();
}
