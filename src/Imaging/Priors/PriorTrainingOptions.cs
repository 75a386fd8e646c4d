using System.Globalization;
using InfAdmm.Engine;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Solvers.Inverse;

namespace InfAdmm.Imaging.Priors;

/// <summary>What a training error is measured by.</summary>
public enum PriorLoss
{
    /// <summary>The mean of |z − x|.</summary>
    L1,

    /// <summary>The mean of (z − x)².</summary>
    L2,

    /// <summary>The mean over images of ln (mean of (z − x)²): what the mean PSNR is, so that every picture counts alike.</summary>
    Psnr,
}

/// <summary>Writes batch number <paramref name="batch"/> of training images, a function of that number alone.</summary>
public delegate void TrainingImages(long batch, Span<float> images);

/// <summary>How a prior is trained.</summary>
/// <param name="Task">For which task.</param>
/// <param name="Architecture">Ours or the paper's.</param>
/// <param name="Batch">The shape of a batch of images.</param>
public sealed record PriorTrainingOptions(ImageTask Task, PriorArchitecture Architecture, Shape Batch)
{
    /// <summary>Steps of ADMM that are differentiated through; 0 trains a denoiser alone.</summary>
    public int Unroll { get; init; } = 4;

    /// <summary>Training steps as a denoiser before the loop is trained.</summary>
    public int PretrainSteps { get; init; }

    /// <summary>
    /// Weights to start from, of the same task and network, in place of random ones; ρ of a further step is that of the
    /// last one there.
    /// </summary>
    public PriorWeights? Initial { get; init; }

    /// <summary>Of weights and noise.</summary>
    public ulong Seed { get; init; }

    /// <summary>The largest learning rate.</summary>
    public float LearningRate { get; init; } = 5e-4f;

    /// <summary>Training steps over which the learning rate rises from zero.</summary>
    public int WarmUpSteps { get; init; } = 200;

    /// <summary>The largest norm of a gradient; longer ones are shortened.</summary>
    public double LargestGradient { get; init; } = 0.2;

    /// <summary>The training error.</summary>
    public PriorLoss Loss { get; init; } = PriorLoss.L1;

    /// <summary>Training steps between two validations.</summary>
    public int ValidateEvery { get; init; } = 500;

    /// <summary>
    /// All that decides the result, in a line: training can go on from a checkpoint only under the same.
    /// </summary>
    public string Describe(TrainingBudget budget) => string.Create(
        CultureInfo.InvariantCulture,
        $"task {Task.Name}, kernel {Task.Kernel.Name}, noise {Task.Sigma}, network {Architecture}, batch {Batch}, " +
        $"start {Initial?.Source ?? "random"}, unroll {Unroll}, pretrain {PretrainSteps}, seed {Seed}, learning rate {LearningRate}, " +
        $"warm-up {WarmUpSteps}, gradient {LargestGradient}, loss {Loss}, " +
        $"{(budget.Steps == int.MaxValue ? $"{budget.Seconds / 60} minutes" : $"{budget.Steps} steps")}");
}

/// <summary>How good the loop is on images that training never saw: means of PSNR in dB.</summary>
/// <param name="Start">Of z₀.</param>
/// <param name="Once">Of the prior applied once, x of the first iteration.</param>
/// <param name="Iterations">Of z after each iteration, three times as many as were trained.</param>
/// <param name="Trained">How many were trained.</param>
public sealed record PriorValidation(double Start, double Once, IReadOnlyList<double> Iterations, int Trained)
{
    /// <summary>Of z after the last iteration that was trained.</summary>
    public double Psnr => Iterations[Trained - 1];
}

/// <summary>Where training stands.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Fraction">The part of the budget that is used, 0 to 1.</param>
/// <param name="Seconds">Time spent, that before a resumption included.</param>
/// <param name="Loss">The training error, a running mean.</param>
/// <param name="GradientNorm">Of the last step, before it was shortened.</param>
/// <param name="ImagesPerSecond">Since the start or resumption.</param>
/// <param name="Validation">The last one.</param>
public sealed record PriorProgress(
    int Step, double Fraction, double Seconds, double Loss, double GradientNorm, double ImagesPerSecond,
    PriorValidation? Validation);
