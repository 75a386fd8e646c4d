using System.Globalization;
using InfAdmm.Engine;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Nn.Networks;
using InfAdmm.Nn.Optimizers;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Imaging.Priors;

/// <summary>The training loss.</summary>
public enum PriorLoss
{
    /// <summary>The mean of |z − x|.</summary>
    L1,

    /// <summary>The mean of (z − x)².</summary>
    L2,

    /// <summary>
    /// The mean over images of ln (mean of (z − x)²), as in the mean PSNR: every picture has equal weight.
    /// </summary>
    Psnr,
}

/// <summary>
/// Writes batch number <paramref name="batch"/> of training images, which depends only on that number.
/// </summary>
public delegate void TrainingImages(long batch, Span<float> images);

/// <summary>The options for training a prior. <see cref="Create"/> returns the defaults for a task.</summary>
/// <param name="Task">The task to train for.</param>
/// <param name="Architecture">The library's own network or the paper's.</param>
/// <param name="Batch">The shape of a batch of images.</param>
public sealed record PriorTrainingOptions(ImageTask Task, PriorArchitecture Architecture, Shape Batch)
{
    /// <summary>The number of ADMM steps to differentiate through; 0 trains only a denoiser.</summary>
    public int Unroll { get; init; } = 4;

    /// <summary>
    /// Whether to train the network to be applied once to the initial estimate, without a z-update
    /// (<see cref="Evaluation.NetworkMethod"/>): the baseline for a prior of the same design in the loop. Needs
    /// <see cref="Unroll"/> 1.
    /// </summary>
    public bool Alone { get; init; }

    /// <summary>
    /// Whether two of three batches have a band of rows or columns in which nothing was measured, like the margin of a
    /// picture with <see cref="EdgeModel.Unknown"/>. Only for tasks that need a margin, trained through the loop.
    /// </summary>
    public bool UnknownEdges { get; init; }

    /// <summary>The number of training steps as a denoiser before the loop is trained.</summary>
    public int PretrainSteps { get; init; }

    /// <summary>
    /// Initial weights of the same task and network, instead of random ones; further steps use the ρ of the last step.
    /// </summary>
    public PriorWeights? Initial { get; init; }

    /// <summary>
    /// Whether the gradients of single images are added up in their order (<see cref="OrderedGradientSum"/>), so that the result
    /// has the same bits however many processes train. Images are then computed one by one, and the sum is not hidden behind
    /// the backward pass. Not for networks and losses in which images of a batch depend on each other.
    /// </summary>
    public bool FixedOrder { get; init; }

    /// <summary>The seed of weights, crops and noise.</summary>
    public ulong Seed { get; init; }

    /// <summary>The maximum learning rate.</summary>
    public float LearningRate { get; init; } = 5e-4f;

    /// <summary>The number of training steps over which the learning rate rises from zero.</summary>
    public int WarmUpSteps { get; init; } = 200;

    /// <summary>The maximum norm of a gradient; larger ones are scaled down to it.</summary>
    public double LargestGradient { get; init; } = 0.2;

    /// <summary>The training loss.</summary>
    public PriorLoss Loss { get; init; } = PriorLoss.L1;

    /// <summary>The terms beside the distance of pixels; null for none.</summary>
    public SharpOptions? Sharp { get; init; }

    /// <summary>The number of training steps between two validations.</summary>
    public int ValidateEvery { get; init; } = 500;

    /// <summary>Returns the default options for a task.</summary>
    /// <param name="task">The task.</param>
    /// <param name="architecture">The library's own network or the paper's.</param>
    /// <param name="batch">The number of crops in a batch.</param>
    /// <param name="crop">The height and width of a crop; null for the default of the task.</param>
    /// <exception cref="InputException">The crops do not fit the task or the network.</exception>
    public static PriorTrainingOptions Create(
        ImageTask task, PriorArchitecture architecture = PriorArchitecture.Default, int batch = 8, int? crop = null)
    {
        int side = crop ?? task.DefaultCrop;
        var options = new PriorTrainingOptions(
            task, architecture, new Shape(batch, task.TrainedChannels, side, side));
        options.Check();

        // The paper trains its networks only as denoisers.
        return architecture == PriorArchitecture.Paper ? options with { Unroll = 0 } : options;
    }

    /// <summary>Returns the default options for an unconditional denoiser, which works for every task.</summary>
    /// <param name="channels">The channels of the images: 1 for grey, 3 for colour.</param>
    /// <param name="batch">The number of crops in a batch.</param>
    /// <param name="crop">The height and width of a crop.</param>
    /// <exception cref="InputException">The crops do not fit the network.</exception>
    public static PriorTrainingOptions ForDenoiser(int channels, int batch = 8, int crop = 64)
    {
        // The network ignores the measurement, so any task will do: here, y = x.
        var task = new ImageTask
        {
            Name = PriorArchitectures.NameOf(PriorArchitecture.Denoiser),
            Kernel = new BlurKernel(1, 1, [1], "none"),
            Stride = 1,
            Channels = channels,
            Start = new BicubicStart(),
            DefaultPrior = DenoiserDesign.Default,
            PaperPrior = DenoiserDesign.Default,
            TotalVariation = default,
        };
        var options = new PriorTrainingOptions(
            task, PriorArchitecture.Denoiser, new Shape(batch, channels, crop, crop))
        {
            Unroll = 0,
            Loss = PriorLoss.Psnr,
        };
        options.Check();
        return options;
    }

    /// <summary>Both sides of a training image must be multiples of this.</summary>
    public int Multiple => Task.Multiple(Architecture);

    /// <summary>Checks that the batches fit the task and the network, and that the initial weights fit.</summary>
    /// <exception cref="InputException">Something does not fit; the message says why.</exception>
    public void Check()
    {
        if (Batch.H % Multiple != 0 || Batch.W % Multiple != 0)
        {
            throw new InputException(
                $"a crop of {Batch.W}x{Batch.H}: the task {Task.Name} needs a multiple of {Multiple}")
            {
                Parameter = "crop",
            };
        }

        if ((Task.WhyNot(Batch) ?? Task.Prior(Architecture).WhyNot(Batch)) is { } reason)
        {
            throw new InputException($"a crop of {Batch.W}x{Batch.H}: {reason}") { Parameter = "crop" };
        }

        if (Alone && Unroll != 1)
        {
            throw new InputException(
                $"a network that is trained alone is applied once, not through {Unroll} iterations of ADMM")
            {
                Parameter = "unroll",
            };
        }

        if (UnknownEdges)
        {
            CheckEdges();
        }

        if (Sharp is not null)
        {
            CheckSharp(Sharp);
        }

        if (FixedOrder && Sharp is not null)
        {
            throw new InputException(
                "features and a discriminator compare all images of a batch, so their gradients have no fixed order: train " +
                "without them, or without a fixed order")
            {
                Parameter = "fixed-order",
            };
        }

        if (Initial is { } initial && WhyNotFrom(initial) is { } mismatch)
        {
            throw new InputException(mismatch);
        }
    }

    /// <summary>Returns the number of crops of a batch that each process of a group computes.</summary>
    /// <exception cref="InputException">The processes cannot share a batch equally.</exception>
    public int ShareOf(ProcessGroup group)
    {
        if (Batch.N % group.Size != 0)
        {
            throw new InputException(
                $"{group.Size} processes cannot share a batch of {Batch.N} crops equally: choose a multiple of {group.Size}")
            {
                Parameter = "batch",
            };
        }

        if (UnknownEdges && group.Size > 1 && !FixedOrder)
        {
            throw new InputException(
                "with unknown edges, all images of a batch share the stopping criterion of an inner loop, so several " +
                "processes would not train what one does: use a fixed order, or a single process")
            {
                Parameter = "unknown-edges",
            };
        }

        return Batch.N / group.Size;
    }

    /// <summary>The rows or columns at each side of a crop in which nothing is measured.</summary>
    internal int Margin
    {
        get
        {
            int side = MeasurementMargin.SideFor(Math.Max(Task.Kernel.Height, Task.Kernel.Width));
            return (side + Multiple - 1) / Multiple * Multiple;
        }
    }

    private void CheckSharp(SharpOptions sharp)
    {
        sharp.Check(Batch);
        if (Unroll == 0 || UnknownEdges)
        {
            throw new InputException(
                "features and a discriminator judge restored pictures with all their edges: " +
                (Unroll == 0 ? "train through the loop or alone" : "train without unknown edges"))
            {
                Parameter = Unroll == 0 ? "unroll" : "unknown-edges",
            };
        }

        int factor = Task.Prior(Architecture).Factor;
        if (sharp.AdversarialWeight > 0 && Discriminator.WhyNot(Batch, factor) is { } reason)
        {
            throw new InputException($"{Batch.N} crops of {Batch.W}x{Batch.H}: {reason}") { Parameter = "crop" };
        }
    }

    private void CheckEdges()
    {
        const int LeastCropInMargins = 4;
        if (Task.Start.MarginIterations == 0 || Unroll == 0 || Alone)
        {
            throw new InputException(
                "unknown edges are for tasks whose measurements reach beyond the picture, like deblur, and for priors " +
                "that are trained through the loop")
            {
                Parameter = "unknown-edges",
            };
        }

        if (Math.Min(Batch.H, Batch.W) < LeastCropInMargins * Margin)
        {
            throw new InputException(
                $"a crop of {Batch.W}x{Batch.H} is too small for unknown edges: with this kernel it needs at least " +
                $"{LeastCropInMargins * Margin}")
            {
                Parameter = "crop",
            };
        }
    }

    /// <summary>Returns why training cannot start from some weights; null if it can.</summary>
    public string? WhyNotFrom(PriorWeights initial) =>
        initial.WhyNot(Task, Batch.C) ?? (initial.Architecture == Architecture
            ? null
            : $"{initial.Source}: contains the network '{PriorArchitectures.NameOf(initial.Architecture)}', not " +
                $"'{PriorArchitectures.NameOf(Architecture)}'");

    /// <summary>
    /// Identifies the images (<see cref="PriorImages.Fingerprint"/>): a checkpoint can be resumed only with the same
    /// ones. Null to not check that.
    /// </summary>
    public string? DataFingerprint { get; init; }

    /// <summary>
    /// Describes in one line everything that determines the result: a checkpoint can be resumed only with the same
    /// options.
    /// </summary>
    public string Describe(TrainingBudget budget) => string.Create(
        CultureInfo.InvariantCulture,
        $"task {Task.Name}, kernel {Task.Kernel.Name}, noise {Task.Sigma}, network {Architecture}, batch {Batch}, " +
        $"start {Initial?.Source ?? "random"}, unroll {(Alone ? "none" : Unroll)}, pretrain {PretrainSteps}, seed {Seed}, " +
        $"learning rate {LearningRate}, warm-up {WarmUpSteps}, gradient {LargestGradient}, loss {Loss}, " +
        $"{(FixedOrder ? "fixed order, " : "")}{(UnknownEdges ? "unknown edges, " : "")}{(Sharp is null ? "" : $"{Sharp}, ")}" +
        $"{(budget.Steps == int.MaxValue ? $"{budget.Seconds / 60} minutes" : $"{budget.Steps} steps")}");
}
