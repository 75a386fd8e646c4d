namespace InfAdmm.Imaging.Priors;

/// <summary>
/// The level that a denoiser receives: the standard deviation σ of the noise to remove, as a share of the largest one
/// that it is trained on.
/// </summary>
public static class NoiseLevel
{
    /// <summary>The largest σ of the training, for images in [0, 1].</summary>
    public const double LargestSigma = 0.2;

    /// <summary>The smallest σ of the training.</summary>
    public const double SmallestSigma = LargestSigma / 32;

    /// <summary>The level for a standard deviation, limited to those of the training.</summary>
    public static double Of(double sigma) => Math.Clamp(sigma, SmallestSigma, LargestSigma) / LargestSigma;

    /// <summary>
    /// The level for a weight λ and a penalty ρ: a denoiser stands for the proximal operator with weight τ = λ/(2ρ) = σ²
    /// (docs/mathematics.md §2).
    /// </summary>
    public static double Of(double lambda, double rho) => Of(Math.Sqrt(lambda / (2 * rho)));

    /// <summary>The level of a training step: uniform in its logarithm, by multiples of the golden ratio.</summary>
    internal static double OfTrainingStep(int step)
    {
        const double Golden = 0.6180339887498949;
        return Math.Pow(SmallestSigma / LargestSigma, step * Golden % 1);
    }
}
