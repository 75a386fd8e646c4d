using System.Globalization;
using InfAdmm.Engine;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Nn.Networks;
using InfAdmm.Nn.Weights;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Imaging.Priors;

/// <summary>
/// A trained prior as it is kept in a file: the network's weights, the task that they hold for, and the ρ of each step.
/// </summary>
/// <param name="Task">The task, with the kernel and noise of the training.</param>
/// <param name="Architecture">Ours or the paper's.</param>
/// <param name="Channels">Channels of the images.</param>
/// <param name="Rho">ρ of each step; after the last its own. Trained with the network if <paramref name="Unroll"/> > 0.</param>
/// <param name="Unroll">Steps of the loop that it was trained through; 0: trained as a denoiser alone.</param>
/// <param name="Tensors">The weights by name.</param>
/// <param name="Steps">Training steps.</param>
/// <param name="Source">The file, for messages.</param>
public sealed record PriorWeights(
    ImageTask Task, PriorArchitecture Architecture, int Channels, IReadOnlyList<double> Rho, int Unroll,
    SafeTensors Tensors, int Steps, string Source)
{
    private const string KernelName = "operator.kernel";
    private const string Format = "infadmm-prior-1";

    /// <summary>ρ of an iteration, from 0.</summary>
    public double RhoOf(int iteration) => Rho[Math.Min(iteration, Rho.Count - 1)];

    /// <summary>The level that the network is told in an iteration, from 0.</summary>
    public double LevelOf(int iteration) => Math.Pow(2, -Math.Min(iteration, Rho.Count - 1));

    /// <summary>The same prior with one ρ in all iterations.</summary>
    public PriorWeights WithRho(double rho) => this with { Rho = [.. Rho.Select(_ => rho)] };

    /// <summary>Takes the weights of a network in training.</summary>
    public static PriorWeights FromNetwork(
        PriorTrainingOptions options, PriorNetwork network, int steps, double trainingSeconds)
    {
        ImageTask task = options.Task;
        double[] rho =
            [.. Enumerable.Range(0, network.Steps).Select(k => Math.Exp(network.LogRho(k).Data.ToScalar()))];
        var metadata = new Dictionary<string, string>
        {
            ["format"] = Format,
            ["task"] = task.Name,
            ["network"] = NameOf(network.Architecture),
            ["channels"] = options.Batch.C.ToString(CultureInfo.InvariantCulture),
            ["kernel"] = task.Kernel.Name,
            ["sigma"] = task.Sigma.ToString("R", CultureInfo.InvariantCulture),
            ["rho"] = string.Join(',', rho.Select(value => value.ToString("R", CultureInfo.InvariantCulture))),
            ["unroll"] = options.Unroll.ToString(CultureInfo.InvariantCulture),
            ["steps"] = steps.ToString(CultureInfo.InvariantCulture),
            ["seed"] = options.Seed.ToString(CultureInfo.InvariantCulture),
            ["training_seconds"] = trainingSeconds.ToString("0", CultureInfo.InvariantCulture),
        };
        SafeTensors tensors = ModuleWeights.Export(network, metadata);
        var arrays = new Dictionary<string, WeightArray>(tensors.Arrays)
        {
            [KernelName] = new WeightArray(
                [task.Kernel.Height, task.Kernel.Width],
                [.. task.Kernel.Values.ToArray().Select(value => (float)value)]),
        };
        return new PriorWeights(
            task, network.Architecture, options.Batch.C, rho, options.Unroll, tensors with { Arrays = arrays }, steps,
            "the trained network");
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="InputException">It cannot be read or holds no trained prior.</exception>
    public static PriorWeights Load(string path)
    {
        SafeTensors tensors;
        try
        {
            tensors = SafeTensors.Load(path);
        }
        catch (InputException failure)
        {
            throw new InputException($"{failure.Message}; make one with 'infadmm train prior'", failure);
        }

        return FromTensors(tensors, path);
    }

    /// <summary>Reads the contents of a file.</summary>
    /// <exception cref="InputException">They hold no trained prior.</exception>
    public static PriorWeights FromTensors(SafeTensors tensors, string source)
    {
        IReadOnlyDictionary<string, string> metadata = tensors.Metadata;
        if (metadata.GetValueOrDefault("format") != Format
            || metadata.GetValueOrDefault("task") is not { } name || !ImageTask.Names.Contains(name)
            || metadata.GetValueOrDefault("network") is not ("default" or "paper")
            || !tensors.Arrays.TryGetValue(KernelName, out WeightArray? kernel) || kernel.Shape.Length != 2
            || !int.TryParse(metadata.GetValueOrDefault("channels"), CultureInfo.InvariantCulture, out int channels)
            || !int.TryParse(metadata.GetValueOrDefault("unroll"), CultureInfo.InvariantCulture, out int unroll)
            || !int.TryParse(metadata.GetValueOrDefault("steps"), CultureInfo.InvariantCulture, out int steps)
            || !double.TryParse(metadata.GetValueOrDefault("sigma"), CultureInfo.InvariantCulture, out double sigma)
            || !TryParseAll(metadata.GetValueOrDefault("rho"), out double[] rho))
        {
            throw new InputException($"{source}: holds no learned prior; make one with 'infadmm train prior'");
        }

        if (steps < 1)
        {
            throw new InputException($"{source}: the prior was never trained; make one with 'infadmm train prior'");
        }

        if (tensors.Arrays.Any(entry => entry.Value.Values.Any(value => !float.IsFinite(value))))
        {
            throw new InputException($"{source}: holds values that are not finite: the file is damaged, make it anew");
        }

        var blur = new BlurKernel(
            kernel.Shape[0], kernel.Shape[1], kernel.Values.Select(value => (double)value),
            metadata.GetValueOrDefault("kernel", source));
        PriorArchitecture architecture =
            metadata["network"] == "paper" ? PriorArchitecture.Paper : PriorArchitecture.Default;
        return new PriorWeights(
            ImageTask.Create(name, blur, sigma), architecture, channels, rho, unroll, tensors, steps, source);
    }

    /// <summary>Writes the file, whole or not at all.</summary>
    public void Save(string path) => Tensors.Save(path);

    /// <summary>
    /// Why these weights do not serve a task and its images, or null if they do. Another noise is no reason: a prior is
    /// only less good there.
    /// </summary>
    public string? WhyNot(ImageTask task, int channels)
    {
        if (task.Name != Task.Name)
        {
            return $"{Source}: trained for the task {Task.Name}, not for {task.Name}";
        }

        if (channels != Channels)
        {
            return $"{Source}: trained on images of {Channels} channels, and these have {channels}";
        }

        return task.Kernel.IsSameAs(Task.Kernel)
            ? null
            : $"{Source}: trained for the kernel {Task.Kernel.Name} " +
                $"({Task.Kernel.Height}x{Task.Kernel.Width}), not for {task.Kernel.Name} " +
                $"({task.Kernel.Height}x{task.Kernel.Width})";
    }

    /// <summary>Why the network cannot restore images of a shape, or null if it can.</summary>
    public string? WhyNot(Shape image)
    {
        if (image.C != Channels)
        {
            return $"the prior was trained on images of {Channels} channels, and this has {image.C}";
        }

        return Architecture == PriorArchitecture.Paper && Task.Name == ImageTask.MnistSuperResolution
            && (image.H, image.W) != (MnistAutoEncoder.Side, MnistAutoEncoder.Side)
            ? $"the paper's network for digits takes {MnistAutoEncoder.Side}x{MnistAutoEncoder.Side} pixels, " +
                $"and this has {image.H}x{image.W}"
            : null;
    }

    /// <summary>Builds the network with these weights, for use.</summary>
    /// <exception cref="InputException">The weights are of another network.</exception>
    public PriorNetwork ToNetwork(Device device)
    {
        var network = new PriorNetwork(device, Task, Channels, Architecture, Rho.Count);
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
    /// Sets the weights of a network that may unroll more or fewer steps: ρ of a step beyond the last is that of the last.
    /// </summary>
    /// <exception cref="InputException">The weights are of another network.</exception>
    public void CopyTo(PriorNetwork network)
    {
        var arrays = Tensors.Arrays
            .Where(entry => entry.Key != KernelName && !entry.Key.StartsWith(PriorNetwork.LogRhoName, StringComparison.Ordinal))
            .ToDictionary();
        for (int k = 0; k < network.Steps; k++)
        {
            arrays[PriorNetwork.LogRhoName + k] = new WeightArray([1, 1, 1, 1], [(float)Math.Log(RhoOf(k))]);
        }

        ModuleWeights.Import(network, Tensors with { Arrays = arrays }, Source);
    }

    /// <summary>"default" or "paper".</summary>
    public static string NameOf(PriorArchitecture architecture) =>
        architecture == PriorArchitecture.Paper ? "paper" : "default";

    private static bool TryParseAll(string? text, out double[] values)
    {
        string[] parts = text?.Split(',') ?? [];
        values = new double[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!double.TryParse(parts[i], CultureInfo.InvariantCulture, out values[i]) || !(values[i] > 0))
            {
                return false;
            }
        }

        return parts.Length > 0;
    }
}
