using InfAdmm.Engine;

namespace InfAdmm.Solvers.Inverse;

/// <summary>An exact or approximate B = (ρI + A Aᵀ)⁻¹ on the measurement grid.</summary>
public interface IGramInverse : IDisposable
{
    /// <summary>
    /// The inner iterations of the last call, waiting for the device; 0 for an inverse without an inner loop.
    /// </summary>
    int InnerIterations => 0;

    /// <summary>
    /// True if a call only gives ops to the device, always the same ones, so that it can be recorded.
    /// </summary>
    bool IsRecordable => true;

    /// <summary>w = B e, or an approximation; w is another tensor.</summary>
    void Apply(Tensor e, Tensor w);
}
