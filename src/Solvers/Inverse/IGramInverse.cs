using InfAdmm.Engine;

namespace InfAdmm.Solvers.Inverse;

/// <summary>An exact or approximate B = (ρI + A Aᵀ)⁻¹ on the measurement grid.</summary>
public interface IGramInverse : IDisposable
{
    /// <summary>
    /// The inner iterations of the last call; 0 for an inverse without an inner loop. Waits for the device.
    /// </summary>
    int InnerIterations => 0;

    /// <summary>
    /// Whether a call only issues ops to the device, the same ones each time, so that it can be recorded.
    /// </summary>
    bool IsRecordable => true;

    /// <summary>Forgets the last solution, if calls continue from it.</summary>
    void Restart()
    {
    }

    /// <summary>w = B e, or an approximation. w must not be e.</summary>
    void Apply(Tensor e, Tensor w);
}
