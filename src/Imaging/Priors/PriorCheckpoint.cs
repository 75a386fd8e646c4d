using System.Globalization;
using InfAdmm.Engine;
using InfAdmm.Nn.Optimizers;
using InfAdmm.Nn.Weights;

namespace InfAdmm.Imaging.Priors;

/// <summary>
/// All of a training run that the next step depends on, in one file that is replaced whole: weights, buffers, Adam's
/// moments and the count of steps. Batches and noise are functions of seed and step, so a run that goes on from here on
/// the CPU ends with the same bits as one that was never interrupted.
/// </summary>
internal static class PriorCheckpoint
{
    private const string Format = "infadmm-prior-checkpoint-1";
    private const string FirstMoment = "adam.first_moment";
    private const string SecondMoment = "adam.second_moment";

    /// <summary>Writes the state.</summary>
    public static void Save(string path, PriorNetwork network, Adam adam, string options, double seconds, double loss)
    {
        var metadata = new Dictionary<string, string>
        {
            ["format"] = Format,
            ["options"] = options,
            ["step"] = adam.StepCount.ToString(CultureInfo.InvariantCulture),
            ["seconds"] = seconds.ToString("R", CultureInfo.InvariantCulture),
            ["loss"] = loss.ToString("R", CultureInfo.InvariantCulture),
        };
        SafeTensors weights = ModuleWeights.Export(network, metadata);
        var arrays = new Dictionary<string, WeightArray>(weights.Arrays)
        {
            [FirstMoment] = new WeightArray([adam.FirstMoment.Count], adam.FirstMoment.ToArray()),
            [SecondMoment] = new WeightArray([adam.SecondMoment.Count], adam.SecondMoment.ToArray()),
        };
        (weights with { Arrays = arrays }).Save(path);
    }

    /// <summary>Sets the state; the network's parameters must be in their arena.</summary>
    /// <returns>Time spent before, and the running mean of the loss.</returns>
    /// <exception cref="InputException">
    /// The file cannot be read, holds no checkpoint, or one that was made under other options.
    /// </exception>
    public static (double Seconds, double Loss) Restore(string path, PriorNetwork network, Adam adam, string options)
    {
        var state = SafeTensors.Load(path);
        IReadOnlyDictionary<string, string> metadata = state.Metadata;
        if (metadata.GetValueOrDefault("format") != Format
            || !int.TryParse(metadata.GetValueOrDefault("step"), CultureInfo.InvariantCulture, out int step)
            || !double.TryParse(metadata.GetValueOrDefault("seconds"), CultureInfo.InvariantCulture, out double seconds)
            || !double.TryParse(metadata.GetValueOrDefault("loss"), CultureInfo.InvariantCulture, out double loss)
            || !state.Arrays.TryGetValue(FirstMoment, out WeightArray? first)
            || !state.Arrays.TryGetValue(SecondMoment, out WeightArray? second))
        {
            throw new InputException($"{path}: holds no checkpoint of 'train prior'; start without --resume");
        }

        if (metadata.GetValueOrDefault("options") is var made && made != options)
        {
            throw new InputException(
                $"{path}: was made with other options ({made}) than now ({options}); give the same, or start without " +
                "--resume");
        }

        var arrays = state.Arrays.Where(entry => entry.Key is not (FirstMoment or SecondMoment)).ToDictionary();
        ModuleWeights.Import(network, state with { Arrays = arrays }, path);
        if (first.Values.Length != adam.FirstMoment.Count || second.Values.Length != adam.SecondMoment.Count)
        {
            throw new InputException($"{path}: its moments do not fit the network; start without --resume");
        }

        adam.FirstMoment.Device.Upload(first.Values, adam.FirstMoment);
        adam.SecondMoment.Device.Upload(second.Values, adam.SecondMoment);
        adam.StepCount = step;
        return (seconds, loss);
    }
}
