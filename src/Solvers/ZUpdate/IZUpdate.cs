using InfAdmm.Engine;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// The z-update of ADMM: z = argmin ‖y − A z‖² + ρ‖z − q‖² = q + Aᵀ (ρI + A Aᵀ)⁻¹ (y − A q), for the A, y and ρ that it
/// was made for (docs/mathematics.md §1). Updates are interchangeable; a call allocates nothing.
/// </summary>
public interface IZUpdate : IDisposable
{
    /// <summary>
    /// The inner iterations of the last call, waiting for the device where they are counted there; 0 for an update
    /// without an inner loop.
    /// </summary>
    int InnerIterations => 0;

    /// <summary>
    /// True if a call only gives ops to the device, always the same ones, so that it can be recorded.
    /// </summary>
    bool IsRecordable => true;

    /// <summary>
    /// Recomputes what is cached from y, after the values in the tensor of the measurement have changed: one update can
    /// be used for many images.
    /// </summary>
    void MeasurementChanged()
    {
    }

    /// <summary>Computes z from q, which stays as it is: the caller continues from it.</summary>
    void Solve(Tensor q, Tensor z);
}
