using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// B(ρ) = (ρI + A Aᵀ)⁻¹ of a periodic A for a ρ that changes from call to call, as it does in training: a scalar where
/// A Aᵀ is one, else F⁻¹ diag(1/(Γ + ρ)) F on the measurement grid (MATH.md §3). Exact in both.
/// </summary>
public sealed class RegularizedGram : IDisposable
{
    private readonly TensorScope _scope;
    private readonly double _scalar;
    private readonly double[] _spectrum = [];
    private readonly float[] _gains = [];
    private readonly Tensor? _gain;
    private readonly Tensor? _workspace;

    /// <summary>Prepares the inverse.</summary>
    /// <param name="device">Where it runs.</param>
    /// <param name="gram">A Aᵀ.</param>
    /// <param name="grid">The shape of the measurement.</param>
    public RegularizedGram(Device device, PeriodicKernel gram, Shape grid)
    {
        _scope = new TensorScope(device);
        _scalar = gram.Centre;
        if (gram.IsScalar)
        {
            return;
        }

        int columns = grid.W / 2 + 1;
        double[] whole = gram.Spectrum(grid.H, grid.W);
        _spectrum = new double[grid.H * columns];
        for (int i = 0; i < grid.H; i++)
        {
            whole.AsSpan(i * grid.W, columns).CopyTo(_spectrum.AsSpan(i * columns));
        }

        _gains = new float[_spectrum.Length];
        _gain = _scope.Allocate(new Shape(1, 1, grid.H, columns));
        _workspace = _scope.Allocate(grid.Spectrum);
    }

    /// <summary>w = B(ρ) e.</summary>
    public void Solve(float rho, Tensor e, Tensor w)
    {
        Device device = _scope.Device;
        if (_gain is null)
        {
            device.Scale((float)(1 / (rho + _scalar)), e, w);
            return;
        }

        for (int i = 0; i < _gains.Length; i++)
        {
            _gains[i] = (float)(1 / (rho + Math.Max(_spectrum[i], 0)));
        }

        device.Upload(_gains, _gain);
        device.RealFft2(e, _workspace!);
        device.ScaleSpectrum(_workspace!, _gain, _workspace!);
        device.InverseRealFft2(_workspace!, w);
    }

    /// <summary>Frees the workspace.</summary>
    public void Dispose() => _scope.Dispose();
}
