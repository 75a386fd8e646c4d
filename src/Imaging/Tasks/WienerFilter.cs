using InfAdmm.Engine;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Imaging.Tasks;

/// <summary>
/// z = Aᵀ (w I + A Aᵀ)⁻¹ y, the z-update from q = 0 with the weight w = σ²/S as ρ, where the spectrum S of the images
/// is assumed to be flat (docs/mathematics.md §3). w is tuned on images.
/// </summary>
public sealed class WienerFilter : IStartEstimate
{
    private readonly IZUpdate _solver;
    private readonly Tensor _zero;

    /// <summary>Creates the filter for a measurement. The caller keeps ownership of both arguments.</summary>
    public WienerFilter(TaskOperator linearOperator, Tensor y, double weight)
    {
        _solver = linearOperator.CreateExactSolver(y, weight);
        _zero = linearOperator.Device.AllocateZeros(linearOperator.ImageShape);
    }

    /// <summary>Filters the current values of the measurement.</summary>
    public void Apply(Tensor z)
    {
        _solver.MeasurementChanged();
        _solver.Solve(_zero, z);
    }

    /// <summary>Frees the workspace.</summary>
    public void Dispose()
    {
        _zero.Dispose();
        _solver.Dispose();
    }
}
