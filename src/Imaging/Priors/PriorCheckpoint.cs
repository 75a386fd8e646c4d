using InfAdmm.Engine;
using InfAdmm.Nn.Optimizers;
using InfAdmm.Nn.Weights;

namespace InfAdmm.Imaging.Priors;

/// <summary>
/// The whole state that the next training step depends on, in one file that is replaced atomically: weights, buffers,
/// Adam's moments and the step count. Batches and noise are functions of seed and step, so on the CPU a resumed run
/// ends with the same bits as an uninterrupted one.
/// </summary>
internal static class PriorCheckpoint
{
    private const string Format = "infadmm-prior-checkpoint-1";
    private const string FormatKey = "format";
    private const string OptionsKey = "options";
    private const string StepKey = "step";
    private const string SecondsKey = "seconds";
    private const string LossKey = "loss";
    private const string DataKey = "data";
    private const string FirstMoment = "adam.first_moment";
    private const string SecondMoment = "adam.second_moment";

    /// <summary>Writes the state.</summary>
    /// <param name="path">The file.</param>
    /// <param name="network">The network.</param>
    /// <param name="adam">The optimizer.</param>
    /// <param name="sharp">What trains the discriminator; null for a loss without one.</param>
    /// <param name="options">What determines the result.</param>
    /// <param name="data">Identifies the images; null if it is not known.</param>
    /// <param name="seconds">The training time so far.</param>
    /// <param name="loss">The running mean of the loss.</param>
    public static void Save(
        string path, PriorNetwork network, Adam adam, SharpLoss? sharp, string options, string? data, double seconds,
        double loss)
    {
        var metadata = new MetadataWriter
        {
            { FormatKey, Format },
            { OptionsKey, options },
            { DataKey, data ?? "" },
            { StepKey, adam.StepCount },
            { SecondsKey, seconds },
            { LossKey, loss },
        };
        WeightSet weights = ModuleWeights.Export(network, metadata.Entries)
            .With(FirstMoment, new WeightArray([adam.FirstMoment.Count], adam.FirstMoment.ToArray()))
            .With(SecondMoment, new WeightArray([adam.SecondMoment.Count], adam.SecondMoment.ToArray()));
        SafeTensorsFile.Save(path, sharp?.AddTo(weights) ?? weights);
    }

    /// <summary>Restores the state. The network's parameters must be in their arena.</summary>
    /// <returns>The time spent so far in seconds, and the running mean of the loss.</returns>
    /// <exception cref="InputException">
    /// The file cannot be read, is not a checkpoint, or was made with other options.
    /// </exception>
    public static (double Seconds, double Loss) Restore(
        string path, PriorNetwork network, Adam adam, SharpLoss? sharp, string options, string? data)
    {
        WeightSet state = SafeTensorsFile.Load(path);
        var metadata = new MetadataReader(state.Metadata, path);
        metadata.Require(FormatKey, Format, "checkpoint of a prior's training");
        if (metadata.GetText(OptionsKey) is var made && made != options)
        {
            throw new InputException($"{path}: was made with other options ({made}) than these ({options})");
        }

        if (data is not null && state.Metadata.GetValueOrDefault(DataKey) is { Length: > 0 } kept && kept != data)
        {
            throw new InputException($"{path}: was made with other images (fingerprint {kept}) than these ({data})");
        }

        int step = metadata.GetInteger(StepKey, 0);
        double seconds = metadata.GetNumber(SecondsKey, 0);

        // Before the first step there is no loss; later it is a finite number, which may be negative.
        double loss = step == 0 ? double.NaN : metadata.GetNumber(LossKey, double.MinValue);
        state.CheckFinite(path);
        WeightArray first = Moment(state, FirstMoment, adam.FirstMoment, path);
        WeightArray second = Moment(state, SecondMoment, adam.SecondMoment, path);
        if (second.Values.Any(value => value < 0))
        {
            throw new InputException($"{path}: array '{SecondMoment}' has a value below 0; the file is damaged");
        }

        state = sharp?.TakeFrom(state, step, path) ?? state;
        ModuleWeights.Import(network, state.Without(FirstMoment, SecondMoment), path);
        adam.FirstMoment.Device.Upload(first.Values, adam.FirstMoment);
        adam.SecondMoment.Device.Upload(second.Values, adam.SecondMoment);
        adam.StepCount = step;
        return (seconds, loss);
    }

    private static WeightArray Moment(WeightSet state, string name, Tensor moment, string path) =>
        state.Arrays.TryGetValue(name, out WeightArray? array) && array.Values.Length == moment.Count
            ? array
            : throw new InputException($"{path}: array '{name}' is missing or does not fit the network");
}
