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
    /// The number of calls, since the update was created, in which a guard had to improve the solution; null for an
    /// update without a guard (<see cref="GuardedUpdate"/>).
    /// </summary>
    int? GuardedSteps => null;

    /// <summary>
    /// Recomputes what is cached from y, after the values in the measurement tensor have changed, and forgets the last
    /// solution, if calls continue from it. One update can thus be used for many images, and the result for an image
    /// does not depend on those before.
    /// </summary>
    void MeasurementChanged()
    {
    }

    /// <summary>Computes z from q. q is not changed.</summary>
    void Solve(Tensor q, Tensor z);

    /// <summary>
    /// Bounds the error of the z of the last call; null for an update without a solution on the measurement grid. Costs
    /// one A, waits for the device, and may allocate at the first call.
    /// </summary>
    /// <param name="q">The q of the last call, unchanged.</param>
    /// <param name="z">The z of the last call, unchanged.</param>
    ErrorBound? BoundError(Tensor q, Tensor z) => null;
}
