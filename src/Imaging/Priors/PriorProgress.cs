namespace InfAdmm.Imaging.Priors;

/// <summary>How good the loop is on images that training never saw: mean PSNR in dB.</summary>
/// <param name="Start">The PSNR of z₀.</param>
/// <param name="Once">The PSNR of the prior applied once, x of the first iteration.</param>
/// <param name="Iterations">The PSNR of z after each iteration, three times as many as were trained.</param>
/// <param name="Trained">The count of iterations that were trained.</param>
public sealed record PriorValidation(double Start, double Once, IReadOnlyList<double> Iterations, int Trained)
{
    /// <summary>The PSNR of z after the last iteration that was trained.</summary>
    public double Psnr => Iterations[Trained - 1];
}

/// <summary>Where training stands.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Fraction">The fraction of the budget that is used, 0 to 1.</param>
/// <param name="Seconds">Time spent, including that before the run was resumed.</param>
/// <param name="Loss">The training error, a running mean.</param>
/// <param name="GradientNorm">The norm of the last gradient, before it was scaled down.</param>
/// <param name="ImagesPerSecond">The speed since this run was started or resumed.</param>
/// <param name="Validation">The last validation.</param>
public sealed record PriorProgress(
    int Step, double Fraction, double Seconds, double Loss, double GradientNorm, double ImagesPerSecond,
    PriorValidation? Validation);
