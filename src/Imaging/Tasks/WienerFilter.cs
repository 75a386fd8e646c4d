using InfAdmm.Engine;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Imaging.Tasks;

/// <summary>
/// z = Aᵀ (w I + A Aᵀ)⁻¹ y, the z-update from q = 0 with the weight w = σ²/S for ρ, where the spectrum S of the images
/// is taken as flat (docs/mathematics.md §3). w is found by search.
/// </summary>
public sealed class WienerFilter : IStartEstimate
{
    private readonly IZUpdate _solver;
    private readonly Tensor _zero;

    /// <summary>Makes the filter of a measurement; the caller keeps owning both.</summary>
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
