namespace InfAdmm.Imaging.Tasks;

/// <summary>
/// The noise levels and penalties of ADMM with a denoiser as the prior (docs/mathematics.md §2). A denoiser for
/// Gaussian noise of standard deviation σ_k is the proximal operator with weight τ_k = λ/(2ρ_k) = σ_k². The levels fall
/// geometrically from <paramref name="First"/> to <paramref name="Last"/>, and ρ_k rises with them, as in DPIR (Zhang
/// et al., IEEE TPAMI 44(10):6360, 2022).
/// </summary>
/// <param name="Noise">
/// The standard deviation of the noise that is assumed in the measurement; λ = 2·Noise². For a task without noise it
/// balances the measurement against the prior.
/// </param>
/// <param name="First">σ of the first iteration, for images in [0, 1].</param>
/// <param name="Last">σ of the last iteration.</param>
/// <param name="Iterations">The number of iterations; further ones use the values of the last.</param>
public sealed record DenoisingSchedule(double Noise, double First, double Last, int Iterations)
{
    // The least noise for which a schedule is scaled: below, ADMM would trust measurements beyond their rounding errors.
    private const double LeastNoise = 1e-3;

    /// <summary>The schedule of a task that has none of its own.</summary>
    public static DenoisingSchedule Default { get; } = new(Noise: 0.01, First: 0.1, Last: 0.01, Iterations: 8);

    /// <summary>The weight λ of the regulariser in ‖y − A z‖² + λ R(x).</summary>
    public double Lambda => 2 * Noise * Noise;

    /// <summary>σ of an iteration, counted from 0.</summary>
    public double SigmaOf(int iteration) => Iterations == 1
        ? Last
        : First * Math.Pow(Last / First, Math.Min((double)iteration / (Iterations - 1), 1));

    /// <summary>ρ = λ/(2σ²) of an iteration, counted from 0.</summary>
    public double RhoOf(int iteration) => Lambda / (2 * SigmaOf(iteration) * SigmaOf(iteration));

    /// <summary>The same schedule for measurements with another noise than it was tuned for.</summary>
    /// <param name="tuned">The standard deviation that it was tuned for.</param>
    /// <param name="sigma">The standard deviation of the noise.</param>
    public DenoisingSchedule ForNoise(double tuned, double sigma)
    {
        double factor = Math.Max(sigma, LeastNoise) / Math.Max(tuned, LeastNoise);
        return this with { Noise = Noise * factor, Last = Math.Min(Last * factor, First) };
    }
}
