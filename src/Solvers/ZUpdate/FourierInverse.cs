using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// B = F⁻¹ diag(1/(Γ + ρ)) F on the low-resolution grid (MATH.md §3): exact, and s² times smaller transforms than on
/// the image grid.
/// </summary>
public sealed class FourierInverse : IGramInverse
{
    private readonly TensorScope _scope;
    private readonly Tensor _spectrum;
    private readonly Tensor _gain;

    /// <summary>Creates the inverse: one small transform in double precision.</summary>
    public FourierInverse(BlurDownsample linearOperator, double rho)
    {
        Shape grid = linearOperator.MeasurementShape;
        _scope = new TensorScope(linearOperator.Device);
        _spectrum = _scope.Allocate(grid.Spectrum);
        _gain = _scope.Add(Gain(linearOperator, rho));
    }

    /// <inheritdoc/>
    public void Apply(Tensor e, Tensor w)
    {
        Device device = e.Device;
        device.RealFft2(e, _spectrum);
        device.ScaleSpectrum(_spectrum, _gain, _spectrum);
        device.InverseRealFft2(_spectrum, w);
    }

    /// <summary>Frees the workspace.</summary>
    public void Dispose() => _scope.Dispose();

    /// <summary>1/(Γ(k) + ρ) on the half spectrum.</summary>
    internal static Tensor Gain(BlurDownsample linearOperator, double rho)
    {
        Shape grid = linearOperator.MeasurementShape;
        double[] gamma = linearOperator.Gram.Spectrum(grid.H, grid.W);
        double[] inverse = Array.ConvertAll(gamma, value => 1 / (Math.Max(value, 0) + rho));
        return NormalOperator.HalfSpectrum(linearOperator.Device, inverse, grid);
    }
}
