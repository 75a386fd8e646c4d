namespace InfAdmm.Imaging.Priors;

/// <summary>The mean PSNR, in dB, on images that are not used in training.</summary>
/// <param name="Start">The PSNR of z₀; for an unconditional denoiser, that of the noisy images.</param>
/// <param name="Once">The PSNR of the prior applied once, x of the first iteration.</param>
/// <param name="Iterations">
/// The PSNR of z after each iteration, for three times the trained number of iterations; for an unconditional denoiser,
/// only <paramref name="Once"/>.
/// </param>
/// <param name="Trained">The trained number of iterations.</param>
public sealed record PriorValidation(double Start, double Once, IReadOnlyList<double> Iterations, int Trained)
{
    /// <summary>The PSNR of z after the last trained iteration.</summary>
    public double Psnr => Iterations[Trained - 1];
}

/// <summary>The progress of a training run.</summary>
/// <param name="Step">The number of steps done.</param>
/// <param name="Fraction">The fraction of the budget used, 0 to 1.</param>
/// <param name="Seconds">The time spent in seconds, including that before the run was resumed.</param>
/// <param name="Loss">The running mean of the training loss.</param>
/// <param name="GradientNorm">The norm of the last gradient, before clipping.</param>
/// <param name="ImagesPerSecond">The speed since this run was started or resumed.</param>
/// <param name="Validation">The last validation.</param>
public sealed record PriorProgress(
    int Step, double Fraction, double Seconds, double Loss, double GradientNorm, double ImagesPerSecond,
    PriorValidation? Validation);
