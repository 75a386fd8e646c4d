using InfAdmm.Engine;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Nn.Layers;
using InfAdmm.Nn.Weights;
using InfAdmm.Solvers.Inverse;

namespace InfAdmm.Imaging.Priors;

/// <summary>
/// A trained prior and its file: the network's weights, the ρ of each step, and the task that they were trained for. An
/// unconditional denoiser belongs to no task and works for all of them; its ρ come from a schedule.
/// </summary>
public sealed class PriorWeights
{
    private const string Format = "infadmm-prior-1";
    private const string FormatKey = "format";
    private const string TaskKey = "task";
    private const string NetworkKey = "network";
    private const string ChannelsKey = "channels";
    private const string SigmaKey = "sigma";
    private const string UnrollKey = "unroll";
    private const string StepsKey = "steps";
    private const string AloneKey = "alone";
    private const int MostChannels = 64;
    private const int LargestSigma = 10;

    // exp of this value is far above every useful ρ, but finite.
    private const float LargestLogRho = 60;

    private PriorWeights(WeightSet weights, ImageTask task, string source, double? lambda = null)
    {
        var metadata = new MetadataReader(weights.Metadata, source);
        metadata.Require(FormatKey, Format, "trained prior");
        Architecture = PriorArchitectures.Parse(metadata.GetChoice(NetworkKey, PriorArchitectures.Names));
        Channels = metadata.GetInteger(ChannelsKey, 1, MostChannels);
        Unroll = metadata.GetInteger(UnrollKey, 0);
        Steps = metadata.GetInteger(StepsKey, 1);
        Task = task;
        Weights = weights;
        Source = source;
        weights.CheckFinite(source);
        Rho = ReadRho(weights, source);
        Uses = CountUses(weights);
        Lambda = lambda ?? task.Denoising.Lambda;
    }

    /// <summary>
    /// The task, with the kernel and noise of the training; for an unconditional denoiser, the task that it is used for.
    /// </summary>
    public ImageTask Task { get; }

    /// <summary>The library's own network or the paper's.</summary>
    public PriorArchitecture Architecture { get; }

    /// <summary>The kind and size of the network.</summary>
    public PriorDesign Design => Task.Prior(Architecture);

    /// <summary>Channels of the images.</summary>
    public int Channels { get; }

    /// <summary>
    /// The ρ of each step; further steps use the last one. Trained with the network if <see cref="Unroll"/> is above 0.
    /// Read from the arrays of log ρ, so that it always agrees with the file.
    /// </summary>
    public IReadOnlyList<double> Rho { get; }

    /// <summary>
    /// The number of steps with their own running statistics of batch normalization; 1 for a network without it.
    /// </summary>
    public int Uses { get; }

    /// <summary>
    /// The number of steps of the loop that it was trained through; 0 if it was trained only as a denoiser.
    /// </summary>
    public int Unroll { get; }

    /// <summary>Whether it was trained only as a denoiser, so that ρ and λ can be chosen freely.</summary>
    public bool IsDenoiser => Unroll == 0;

    /// <summary>Why the network must not be used in ADMM; null if it may.</summary>
    public string? WhyNotInLoop => Weights.Metadata.ContainsKey(AloneKey)
        ? $"{Source}: was trained to be applied once, not in ADMM: use it with 'evaluate --methods network'"
        : null;

    /// <summary>The weight λ of the regulariser, which relates the ρ of a denoiser to its noise level.</summary>
    public double Lambda { get; }

    /// <summary>The number of training steps.</summary>
    public int Steps { get; }

    /// <summary>The contents of the file.</summary>
    public WeightSet Weights { get; }

    /// <summary>The file name, for messages.</summary>
    public string Source { get; }

    /// <summary>The ρ of an iteration, counted from 0.</summary>
    public double RhoOf(int iteration) => Rho[StepLevel.TrainedStep(iteration, Rho.Count)];

    /// <summary>
    /// The level that the network receives in an iteration, counted from 0: a denoiser is told σ = √(λ/(2ρ))
    /// (<see cref="NoiseLevel"/>), a prior that was trained through the loop the progress (<see cref="StepLevel"/>).
    /// </summary>
    public double LevelOf(int iteration) => IsDenoiser
        ? NoiseLevel.Of(Lambda, RhoOf(iteration))
        : StepLevel.Of(iteration, Rho.Count);

    /// <summary>Returns the same prior with one ρ for all iterations.</summary>
    public PriorWeights WithRho(double rho) => WithRho([.. Rho.Select(_ => rho)]);

    /// <summary>
    /// Returns the same prior with another ρ for each step, as many as there are values, in single precision.
    /// </summary>
    /// <exception cref="InputException">A value is not a finite number above 0, or the list is empty.</exception>
    public PriorWeights WithRho(IReadOnlyList<double> rho)
    {
        if (rho.FirstOrDefault(value => !(Math.Abs(Math.Log(value)) <= LargestLogRho), 1) is var outside && outside != 1)
        {
            throw new InputException(FormattableString.Invariant(
                $"ρ = {outside} is out of range: give a number from {Math.Exp(-LargestLogRho):0e0} to {Math.Exp(LargestLogRho):0e0}"))
            {
                Parameter = "rho",
            };
        }

        WeightSet weights = Weights.Without([.. Enumerable.Range(0, Rho.Count).Select(PriorNetwork.ArrayOfLogRho)]);
        for (int k = 0; k < rho.Count; k++)
        {
            weights = weights.With(
                PriorNetwork.ArrayOfLogRho(k), new WeightArray([1, 1, 1, 1], [(float)Math.Log(rho[k])]));
        }

        return new PriorWeights(weights, Task, Source, Lambda);
    }

    /// <summary>Returns the same denoiser with the λ and ρ of a schedule.</summary>
    /// <exception cref="InvalidOperationException">The prior was trained through the loop, with its own ρ.</exception>
    public PriorWeights WithSchedule(DenoisingSchedule schedule) => IsDenoiser
        ? new PriorWeights(Weights, Task, Source, schedule.Lambda).WithRho(
            [.. Enumerable.Range(0, schedule.Iterations).Select(schedule.RhoOf)])
        : throw new InvalidOperationException($"{Source}: is not a denoiser: its ρ were trained");

    /// <summary>
    /// The mean of this prior and another, number by number: if one was trained from the other, a compromise between what they do
    /// (network interpolation: Wang et al., "ESRGAN", ECCV workshops 2018).
    /// </summary>
    /// <param name="other">A prior of the same task and network.</param>
    /// <param name="share">The share of the other prior, from 0 to 1.</param>
    /// <exception cref="InputException">The other prior has other arrays.</exception>
    public PriorWeights Blend(PriorWeights other, double share)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(share, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
        WeightSet weights = Weights;
        foreach ((string name, WeightArray own) in Weights.Arrays)
        {
            if (other.Weights.Arrays.GetValueOrDefault(name) is not { } array || !array.Shape.SequenceEqual(own.Shape))
            {
                throw new InputException($"{other.Source}: array '{name}' is missing or has another shape: it is another network");
            }

            float[] mean = [.. own.Values.Zip(array.Values, (a, b) => (float)((1 - share) * a + share * b))];
            weights = weights.With(name, own with { Values = mean });
        }

        return new PriorWeights(weights, Task, Source, Lambda);
    }

    /// <summary>Copies the weights of a network during training.</summary>
    /// <param name="options">The training options.</param>
    /// <param name="network">The network.</param>
    /// <param name="steps">The number of training steps so far.</param>
    /// <param name="trainingSeconds">The training time so far, in seconds.</param>
    public static PriorWeights FromNetwork(
        PriorTrainingOptions options, PriorNetwork network, int steps, double trainingSeconds)
    {
        ImageTask task = options.Task;
        bool hasTask = network.Architecture != PriorArchitecture.Denoiser;
        var metadata = new MetadataWriter
        {
            { FormatKey, Format },
            { NetworkKey, PriorArchitectures.NameOf(network.Architecture) },
            { ChannelsKey, options.Batch.C },
            { UnrollKey, options.Unroll },
            { StepsKey, steps },
            { "seed", options.Seed },
            { "training_seconds", Math.Round(trainingSeconds) },
        };
        if (options.Alone)
        {
            metadata.Add(AloneKey, 1);
        }

        if (hasTask)
        {
            metadata.Add(TaskKey, task.Name);
            metadata.Add(StoredKernel.NameKey, task.Kernel.Name);
            metadata.Add(SigmaKey, task.Sigma);
        }

        WeightSet weights = ModuleWeights.Export(network, metadata.Entries);
        weights = hasTask ? weights.With(StoredKernel.ArrayName, StoredKernel.ToArray(task.Kernel)) : weights;
        return new PriorWeights(weights, task, "the trained network");
    }

    /// <summary>Whether the contents of a file are a prior rather than other trained weights.</summary>
    public static bool Is(WeightSet weights) => weights.Metadata.GetValueOrDefault(FormatKey) == Format;

    /// <summary>Whether the contents of a file are an unconditional denoiser, which belongs to no task.</summary>
    public static bool IsForEveryTask(WeightSet weights) =>
        Is(weights)
        && weights.Metadata.GetValueOrDefault(NetworkKey) == PriorArchitectures.NameOf(PriorArchitecture.Denoiser);

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="task">
    /// The task of the prior, if it is not one of <see cref="ImageTasks.All"/>, or that a denoiser is to be used for.
    /// </param>
    /// <exception cref="InputException">The file cannot be read or contains no trained prior.</exception>
    public static PriorWeights Load(string path, ImageTask? task = null) =>
        FromWeights(SafeTensorsFile.Load(path), path, task);

    /// <summary>Parses the contents of a file.</summary>
    /// <param name="weights">The contents.</param>
    /// <param name="source">The file name, for messages.</param>
    /// <param name="task">
    /// The task of the prior, if it is not one of <see cref="ImageTasks.All"/>, or that a denoiser is to be used for.
    /// </param>
    /// <exception cref="InputException">
    /// The contents are not a trained prior, or are a denoiser, which has no task of its own.
    /// </exception>
    public static PriorWeights FromWeights(WeightSet weights, string source, ImageTask? task = null)
    {
        var metadata = new MetadataReader(weights.Metadata, source);
        metadata.Require(FormatKey, Format, "trained prior");
        if (metadata.GetText(NetworkKey) == PriorArchitectures.NameOf(PriorArchitecture.Denoiser))
        {
            ImageTask used = task ?? throw new InputException(
                $"{source}: is a denoiser, which belongs to no task: use it as a denoiser");
            return new PriorWeights(weights, used, source).WithSchedule(used.Denoising);
        }

        string name = metadata.GetChoice(TaskKey, task is null ? ImageTasks.Names : [task.Name, .. ImageTasks.Names]);
        double sigma = metadata.GetNumber(SigmaKey, 0, LargestSigma);
        ImageTask trained = (name == task?.Name ? task : ImageTasks.Find(name)).With(StoredKernel.Read(weights, source), sigma);
        return new PriorWeights(weights, trained, source);
    }

    /// <summary>
    /// Returns the same prior with the kernels of its convolutions rounded to half precision, which halves the file.
    /// </summary>
    public PriorWeights InHalfPrecision()
    {
        var arrays = Weights.Arrays.ToDictionary(
            entry => entry.Key, entry => entry.Value is { Shape: [_, _, > 1, _] } kernels ? kernels.Rounded() : entry.Value);
        return new PriorWeights(Weights with { Arrays = arrays }, Task, Source, Lambda);
    }

    /// <summary>Writes the file completely or not at all.</summary>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public void Save(string path) => SafeTensorsFile.Save(path, Weights);

    /// <summary>
    /// Returns why these weights do not fit a task and its images; null if they do. A different noise level is
    /// accepted: the prior is then only less accurate.
    /// </summary>
    public string? WhyNot(ImageTask task, int channels)
    {
        bool isForEveryTask = Architecture == PriorArchitecture.Denoiser;
        if (!isForEveryTask && !task.IsVariantOf(Task))
        {
            return $"{Source}: trained for the task {Task.Name}, not for {task.Name}";
        }

        if (channels != Channels)
        {
            return $"{Source}: trained on images with {Channels} channels, these have {channels}";
        }

        return isForEveryTask || task.Kernel.IsSameAs(Task.Kernel)
            ? null
            : $"{Source}: trained for the kernel {Task.Kernel.Name} " +
                $"({Task.Kernel.Width}x{Task.Kernel.Height}), not for {task.Kernel.Name} " +
                $"({task.Kernel.Width}x{task.Kernel.Height})";
    }

    /// <summary>Returns why the network cannot restore images of a shape; null if it can.</summary>
    public string? WhyNot(Shape image) => image.C == Channels
        ? Design.WhyNot(image)
        : $"the prior was trained on images with {Channels} channels, this one has {image.C}";

    /// <summary>Creates the network with these weights, in evaluation mode.</summary>
    /// <exception cref="InputException">The weights belong to another network.</exception>
    public PriorNetwork ToNetwork(Device device)
    {
        var network = new PriorNetwork(device, Task, Channels, Architecture, Rho.Count, Uses);
        try
        {
            CopyTo(network);
            network.Eval();
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Sets the weights of a network that may unroll more or fewer steps: further steps use the ρ and the statistics of the
    /// last one.
    /// </summary>
    /// <exception cref="InputException">The weights belong to another network.</exception>
    public void CopyTo(PriorNetwork network)
    {
        PriorWeights fitted = network.Steps == Rho.Count
            ? this
            : WithRho([.. Enumerable.Range(0, network.Steps).Select(RhoOf)]);
        ModuleWeights.Import(
            network, WithUses(fitted.Weights, Uses, network.Uses, Source).Without(StoredKernel.ArrayName), Source);
    }

    private static int CountUses(WeightSet weights)
    {
        int uses = 1;
        while (weights.Arrays.Keys.Any(
            name => name.EndsWith($".{BatchNorm2d.NameOf(BatchNorm2d.RunningMeanName, uses)}", StringComparison.Ordinal)))
        {
            uses++;
        }

        return uses;
    }

    /// <summary>The same weights with running statistics for more or fewer uses.</summary>
    private static WeightSet WithUses(WeightSet weights, int uses, int wanted, string source)
    {
        foreach (string kind in (string[])[BatchNorm2d.RunningMeanName, BatchNorm2d.RunningVarianceName])
        {
            foreach (string first in weights.Arrays.Keys.Where(
                key => key.EndsWith($".{kind}", StringComparison.Ordinal)).ToArray())
            {
                string name = BatchNorm2d.NameOf(first, uses - 1);
                WeightArray last = weights.Arrays.TryGetValue(name, out WeightArray? found)
                    ? found
                    : throw new InputException($"{source}: array '{name}' is missing, which other layers have");
                for (int use = uses; use < wanted; use++)
                {
                    weights = weights.With(BatchNorm2d.NameOf(first, use), last);
                }

                weights = weights.Without(
                    [.. Enumerable.Range(0, uses).Skip(wanted).Select(use => BatchNorm2d.NameOf(first, use))]);
            }
        }

        return weights;
    }

    private static double[] ReadRho(WeightSet weights, string source)
    {
        var rho = new List<double>();
        while (weights.Arrays.TryGetValue(PriorNetwork.ArrayOfLogRho(rho.Count), out WeightArray? array))
        {
            if (array.Values is not [var logRho] || !(Math.Abs(logRho) <= LargestLogRho))
            {
                throw new InputException(
                    $"{source}: array '{PriorNetwork.ArrayOfLogRho(rho.Count)}' must be one number from " +
                    $"{-LargestLogRho} to {LargestLogRho}");
            }

            rho.Add(Math.Exp(logRho));
        }

        return rho.Count > 0
            ? [.. rho]
            : throw new InputException($"{source}: array '{PriorNetwork.ArrayOfLogRho(0)}' is missing");
    }
}
