using InfAdmm.Engine;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// The z-update of ADMM: z = argmin ‖y − A z‖² + ρ‖z − q‖² = q + Aᵀ (ρI + A Aᵀ)⁻¹ (y − A q), for the A, y and ρ that
/// the solver was made for (MATH.md §1). Solvers are interchangeable; a call allocates nothing.
/// </summary>
public interface IZUpdate : IDisposable
{
    /// <summary>
    /// The inner iterations of the last call, waiting for the device where they are counted there; 0 for a solver that
    /// has none.
    /// </summary>
    int InnerIterations => 0;

    /// <summary>True if a call only gives ops to the device, always the same, so that it can be recorded.</summary>
    bool IsRecordable => true;

    /// <summary>
    /// Takes again what was computed from the measurement, whose values have changed in the tensor that the solver was
    /// made for: so one solver serves many images.
    /// </summary>
    void MeasurementChanged()
    {
    }

    /// <summary>Computes z from q, which it leaves as it is: the caller goes on from it.</summary>
    void Solve(Tensor q, Tensor z);
}

/// <summary>An exact or approximate B = (ρI + A Aᵀ)⁻¹ on the measurement grid.</summary>
public interface IGramInverse : IDisposable
{
    /// <summary>As <see cref="IZUpdate.InnerIterations"/>.</summary>
    int InnerIterations => 0;

    /// <summary>As <see cref="IZUpdate.IsRecordable"/>.</summary>
    bool IsRecordable => true;

    /// <summary>w = B e, or near it.</summary>
    void Apply(Tensor e, Tensor w);
}
