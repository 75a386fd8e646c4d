namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// A bound on the error of a z-update. It is rigorous but for its rounding part, which is an estimate
/// (<see cref="ErrorCertificate"/>).
/// </summary>
/// <param name="Absolute">The bound on ‖z − z_exact‖, rounding included. NaN or ∞ if a value is not finite.</param>
/// <param name="Relative">
/// The bound on ‖z − z_exact‖ / max(‖z_exact‖, ‖q‖), the measure of <see cref="ExactReference"/>; ∞ if
/// <paramref name="Absolute"/> does not exclude that z_exact and q are both zero.
/// </param>
/// <param name="Rounding">The part of <paramref name="Absolute"/> that is due to rounding in single precision.</param>
public readonly record struct ErrorBound(double Absolute, double Relative, double Rounding)
{
    /// <summary>
    /// Puts an absolute bound in relation to the largest lower bound of the denominator, max(‖z‖ − bound, ‖q‖).
    /// </summary>
    /// <param name="absolute">The bound on ‖z − z_exact‖.</param>
    /// <param name="rounding">The part of it that is due to rounding.</param>
    /// <param name="normOfZ">‖z‖.</param>
    /// <param name="normOfQ">‖q‖.</param>
    public static ErrorBound Of(double absolute, double rounding, double normOfZ, double normOfQ)
    {
        double scale = Math.Max(normOfZ - absolute, normOfQ);
        double relative = absolute == 0 ? 0 : scale > 0 ? absolute / scale : double.PositiveInfinity;
        return new ErrorBound(absolute, relative, rounding);
    }

    /// <summary>
    /// The largest absolute bound for which the relative one is at most a tolerance t: t·‖q‖, or t·‖z‖/(1 + t) if that
    /// is larger.
    /// </summary>
    public static double LargestAbsolute(double tolerance, double normOfZ, double normOfQ) =>
        tolerance * Math.Max(normOfZ / (1 + tolerance), normOfQ);
}
