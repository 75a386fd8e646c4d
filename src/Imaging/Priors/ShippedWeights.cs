using System.Reflection;
using InfAdmm.Engine;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Nn.Weights;
using InfAdmm.Solvers.Inverse;

namespace InfAdmm.Imaging.Priors;

/// <summary>The built-in trained networks (models/), embedded in the library.</summary>
public static class ShippedWeights
{
    private static readonly Assembly Library = typeof(ShippedWeights).Assembly;

    /// <summary>Loads all inverses.</summary>
    public static TrainedInverses Inverses() => new(
        [.. Names("models/inverse-").SelectMany(name => InverseSet.FromWeights(Read(name)!, name))],
        [.. Names("models/filters-").Select(name => LocalFilters.FromWeights(Read(name)!, name))]);

    /// <summary>Loads the prior of a task.</summary>
    /// <param name="task">One of <see cref="ImageTasks.Names"/>.</param>
    /// <param name="architecture">The library's own network or the paper's.</param>
    /// <param name="style">What it was trained for; sharp ones are of the library's own network.</param>
    /// <exception cref="InputException">There is no built-in prior for the task, the architecture and the style.</exception>
    public static PriorWeights Prior(
        string task, PriorArchitecture architecture = PriorArchitecture.Default, PriorStyle style = PriorStyle.Faithful) =>
        FindPrior(task, architecture, style) ?? throw new InputException(style == PriorStyle.Sharp
            ? $"there is no built-in sharp prior for the task {task}; train one"
            : $"there is no built-in prior with the network '{PriorArchitectures.NameOf(architecture)}' for the task " +
                $"{task}; train one");

    /// <summary>Loads the prior of a task; null if there is no built-in one.</summary>
    /// <param name="task">One of <see cref="ImageTasks.Names"/>.</param>
    /// <param name="architecture">The library's own network or the paper's.</param>
    /// <param name="style">What it was trained for.</param>
    public static PriorWeights? FindPrior(
        string task, PriorArchitecture architecture, PriorStyle style = PriorStyle.Faithful)
    {
        if (style == PriorStyle.Sharp && architecture != PriorArchitecture.Default)
        {
            return null;
        }

        string kind = style == PriorStyle.Sharp ? "sharp" : PriorArchitectures.NameOf(architecture);
        string name = $"models/prior-{task}-{kind}.safetensors";
        return Read(name) is { } weights ? PriorWeights.FromWeights(weights, name) : null;
    }

    /// <summary>
    /// Loads the library's own network for a task as it was trained to be applied once
    /// (<see cref="PriorTrainingOptions.Alone"/>); null if there is no built-in one.
    /// </summary>
    public static PriorWeights? FindAlone(string task)
    {
        string name = $"models/prior-{task}-alone.safetensors";
        return Read(name) is { } weights ? PriorWeights.FromWeights(weights, name) : null;
    }

    /// <summary>Loads the unconditional denoiser for the images of a task.</summary>
    /// <param name="task">The task that it is used for.</param>
    /// <param name="channels">1 for grey images, 3 for colour; null for the channels that the task is trained with.</param>
    /// <exception cref="InputException">There is no built-in one for this number of channels.</exception>
    public static PriorWeights Denoiser(ImageTask task, int? channels = null) =>
        FindDenoiser(task, channels) ?? throw new InputException(
            $"there is no built-in denoiser for images with {channels ?? task.TrainedChannels} channels; train one");

    /// <summary>Loads the unconditional denoiser for the images of a task; null if there is no built-in one.</summary>
    /// <param name="task">The task that it is used for.</param>
    /// <param name="channels">1 for grey images, 3 for colour; null for the channels that the task is trained with.</param>
    public static PriorWeights? FindDenoiser(ImageTask task, int? channels = null)
    {
        int wanted = channels ?? task.TrainedChannels;
        string name = $"models/prior-denoiser{(wanted == 1 ? "-grey" : "")}.safetensors";
        PriorWeights? found = Read(name) is { } weights ? PriorWeights.FromWeights(weights, name, task) : null;
        return found?.Channels == wanted ? found : null;
    }

    private static IEnumerable<string> Names(string prefix) => Library.GetManifestResourceNames()
        .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);

    private static WeightSet? Read(string name)
    {
        using Stream? stream = Library.GetManifestResourceStream(name);
        if (stream is null)
        {
            return null;
        }

        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return SafeTensorsFile.Parse(bytes, name);
    }
}
