using System.Globalization;
using InfAdmm.Engine;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Nn.Optimizers;

namespace InfAdmm.Imaging.Priors;

/// <summary>How a training error is measured.</summary>
public enum PriorLoss
{
    /// <summary>The mean of |z − x|.</summary>
    L1,

    /// <summary>The mean of (z − x)².</summary>
    L2,

    /// <summary>
    /// The mean over images of ln (mean of (z − x)²), as in the mean PSNR: every picture counts alike.
    /// </summary>
    Psnr,
}

/// <summary>Writes batch number <paramref name="batch"/> of training images, a function of that number alone.</summary>
public delegate void TrainingImages(long batch, Span<float> images);

/// <summary>How a prior is trained. <see cref="Create"/> makes usual ones.</summary>
/// <param name="Task">The task that it is for.</param>
/// <param name="Architecture">The library's own network or the paper's.</param>
/// <param name="Batch">The shape of a batch of images.</param>
public sealed record PriorTrainingOptions(ImageTask Task, PriorArchitecture Architecture, Shape Batch)
{
    /// <summary>Steps of ADMM that are differentiated through; 0 trains a denoiser alone.</summary>
    public int Unroll { get; init; } = 4;

    /// <summary>Training steps as a denoiser before the loop is trained.</summary>
    public int PretrainSteps { get; init; }

    /// <summary>
    /// Weights to start from, of the same task and network, instead of random ones; a step beyond the last has the ρ of
    /// the last.
    /// </summary>
    public PriorWeights? Initial { get; init; }

    /// <summary>The seed of weights, crops and noise.</summary>
    public ulong Seed { get; init; }

    /// <summary>The largest learning rate.</summary>
    public float LearningRate { get; init; } = 5e-4f;

    /// <summary>Training steps over which the learning rate rises from zero.</summary>
    public int WarmUpSteps { get; init; } = 200;

    /// <summary>The largest norm of a gradient; longer ones are scaled down to it.</summary>
    public double LargestGradient { get; init; } = 0.2;

    /// <summary>The training error.</summary>
    public PriorLoss Loss { get; init; } = PriorLoss.L1;

    /// <summary>Training steps between two validations.</summary>
    public int ValidateEvery { get; init; } = 500;

    /// <summary>Usual options for a task.</summary>
    /// <param name="task">The task.</param>
    /// <param name="architecture">The library's own network or the paper's.</param>
    /// <param name="batch">Crops in a batch.</param>
    /// <param name="crop">Height and width of a crop; null for the task's usual size.</param>
    /// <exception cref="InputException">The task or the network does not take such crops.</exception>
    public static PriorTrainingOptions Create(
        ImageTask task, PriorArchitecture architecture = PriorArchitecture.Default, int batch = 8, int? crop = null)
    {
        int side = crop ?? task.DefaultCrop;
        var options = new PriorTrainingOptions(
            task, architecture, new Shape(batch, task.TrainedChannels, side, side));
        options.Check();

        // The paper trains its networks as denoisers alone.
        return architecture == PriorArchitecture.Paper ? options with { Unroll = 0 } : options;
    }

    /// <summary>What both sides of a training image must be multiples of.</summary>
    public int Multiple => Task.Multiple(Architecture);

    /// <summary>Throws unless the task and the network take such batches, and the initial weights fit.</summary>
    /// <exception cref="InputException">They do not; the message says why.</exception>
    public void Check()
    {
        if (Batch.H % Multiple != 0 || Batch.W % Multiple != 0)
        {
            throw new InputException(
                $"a crop of {Batch.H}x{Batch.W}: the task {Task.Name} needs a multiple of {Multiple}")
            {
                Parameter = "crop",
            };
        }

        if ((Task.WhyNot(Batch) ?? Task.Prior(Architecture).WhyNot(Batch)) is { } reason)
        {
            throw new InputException($"a crop of {Batch.H}x{Batch.W}: {reason}") { Parameter = "crop" };
        }

        if (Initial is { } initial && WhyNotFrom(initial) is { } mismatch)
        {
            throw new InputException(mismatch);
        }
    }

    /// <summary>Why training cannot start from some weights, or null if it can.</summary>
    public string? WhyNotFrom(PriorWeights initial) =>
        initial.WhyNot(Task, Batch.C) ?? (initial.Architecture == Architecture
            ? null
            : $"{initial.Source}: holds the network '{PriorArchitectures.NameOf(initial.Architecture)}', not " +
                $"'{PriorArchitectures.NameOf(Architecture)}'");

    /// <summary>
    /// All that decides the result, in one line: training can be resumed from a checkpoint with the same options only.
    /// </summary>
    public string Describe(TrainingBudget budget) => string.Create(
        CultureInfo.InvariantCulture,
        $"task {Task.Name}, kernel {Task.Kernel.Name}, noise {Task.Sigma}, network {Architecture}, batch {Batch}, " +
        $"start {Initial?.Source ?? "random"}, unroll {Unroll}, pretrain {PretrainSteps}, seed {Seed}, " +
        $"learning rate {LearningRate}, warm-up {WarmUpSteps}, gradient {LargestGradient}, loss {Loss}, " +
        $"{(budget.Steps == int.MaxValue ? $"{budget.Seconds / 60} minutes" : $"{budget.Steps} steps")}");
}
