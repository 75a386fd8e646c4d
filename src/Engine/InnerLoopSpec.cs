namespace InfAdmm.Engine;

/// <summary>When an inner loop stops.</summary>
/// <param name="Tolerance">The residual, relative to the right-hand side.</param>
/// <param name="MaxIterations">The most iterations of one call.</param>
public readonly record struct InnerLoopSpec(float Tolerance, int MaxIterations)
{
    /// <summary>As close as float32 allows, in 10,000 iterations at most.</summary>
    public static InnerLoopSpec Default => new(1e-6f, 10_000);
}
