using InfAdmm.Engine;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// The z-update of ADMM: z = argmin ‖y − A z‖² + ρ‖z − q‖² = q + Aᵀ (ρI + A Aᵀ)⁻¹ (y − A q), for the A, y and ρ that it
/// was created for (docs/mathematics.md §1). Updates are interchangeable. Calls allocate nothing.
/// </summary>
public interface IZUpdate : IDisposable
{
    /// <summary>
    /// The inner iterations of the last call; 0 for an update without an inner loop. Waits for the device if they are
    /// counted there.
    /// </summary>
    int InnerIterations => 0;

    /// <summary>
    /// Whether a call only issues ops to the device, the same ones each time, so that it can be recorded.
    /// </summary>
    bool IsRecordable => true;

    /// <summary>
    /// Recomputes what is cached from y, after the values in the measurement tensor have changed. One update can thus
    /// be used for many images.
    /// </summary>
    void MeasurementChanged()
    {
    }

    /// <summary>Computes z from q. q is not changed.</summary>
    void Solve(Tensor q, Tensor z);
}
