using InfAdmm.Engine;

namespace InfAdmm.Solvers.Operators;

/// <summary>
/// ρI + A Aᵀ on the measurement grid, applied in the cheaper of two ways: as a small convolution, or, where that kernel
/// is large, through the Fourier transform (the two cross near 10×10 on the CPU backend).
/// </summary>
public sealed class NormalOperator : IDisposable
{
    private const int LargestSpatialKernel = 100;

    private readonly Device _device;
    private readonly TensorScope _scope;
    private readonly Tensor? _gain;
    private readonly Tensor? _spectrum;

    /// <summary>Creates the operator for A's measurement grid.</summary>
    public NormalOperator(BlurDownsample linearOperator, double rho)
    {
        _device = linearOperator.Device;
        _scope = new TensorScope(_device);
        Shape grid = linearOperator.MeasurementShape;
        PeriodicKernel kernel = linearOperator.Gram.PlusIdentity(rho);
        if (kernel.Values.Length <= LargestSpatialKernel)
        {
            Kernel = _scope.Add(kernel.ToTensor(_device, grid));
            return;
        }

        _spectrum = _scope.Allocate(grid.Spectrum);
        _gain = _scope.Add(HalfSpectrum(_device, kernel.Spectrum(grid.H, grid.W), grid));
    }

    /// <summary>The small convolution; null where the kernel is large.</summary>
    internal Tensor? Kernel { get; }

    /// <summary>y = (ρI + A Aᵀ) x.</summary>
    public void Apply(Tensor x, Tensor y)
    {
        if (Kernel is not null)
        {
            _device.Blur(x, Kernel, 1, 1, null, y);
            return;
        }

        _device.RealFft2(x, _spectrum!);
        _device.ScaleSpectrum(_spectrum!, _gain!, _spectrum!);
        _device.InverseRealFft2(_spectrum!, y);
    }

    /// <summary>s = e − (ρI + A Aᵀ) w.</summary>
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

    /// <summary>A real, even function of frequency as a gain for <see cref="Device.ScaleSpectrum"/>.</summary>
    internal static Tensor HalfSpectrum(Device device, double[] values, Shape grid)
    {
        int columns = grid.W / 2 + 1;
        float[] half = new float[grid.H * columns];
        for (int i = 0; i < grid.H; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                half[i * columns + j] = (float)values[i * grid.W + j];
            }
        }

        return device.Allocate(new Shape(1, 1, grid.H, columns), half);
    }
}
