namespace InfAdmm.Engine;

/// <summary>The stopping criteria of an inner loop.</summary>
/// <param name="Tolerance">The norm of the residual relative to the right-hand side.</param>
/// <param name="MaxIterations">The maximum number of iterations per call.</param>
public readonly record struct InnerLoopSpec(float Tolerance, int MaxIterations)
{
    /// <summary>The accuracy that float32 permits, with at most 10,000 iterations.</summary>
    public static InnerLoopSpec Default => new(1e-6f, 10_000);

    /// <summary>Stops loops that the host controls between two iterations, with <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken Cancellation { get; init; }
}
