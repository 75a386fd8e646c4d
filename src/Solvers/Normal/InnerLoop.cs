namespace InfAdmm.Solvers.Normal;

/// <summary>When an iterative z-solver stops.</summary>
/// <param name="Tolerance">The residual of its linear system, relative to the right-hand side.</param>
/// <param name="MaxIterations">The most iterations of one call.</param>
public sealed record InnerLoop(double Tolerance = 1e-6, int MaxIterations = 10_000);
