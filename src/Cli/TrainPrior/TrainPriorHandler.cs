using System.Globalization;
using System.Text;
using InfAdmm.Cli.Devices;
using InfAdmm.Cli.Options;
using InfAdmm.Cli.Terminal;
using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Nn.Features;
using InfAdmm.Nn.Optimizers;
using InfAdmm.Storage;

namespace InfAdmm.Cli.TrainPrior;

/// <summary>Runs <c>train prior</c> and <c>train denoiser</c>.</summary>
internal static class TrainPriorHandler
{
    private const string CheckpointName = "checkpoint.safetensors";

    /// <summary>Trains the prior of a task, writes its weights, and prints its accuracy.</summary>
    public static int Run(
        TrainPriorOptions options, CommonOptions common, CommandOutput output, CancellationToken cancellation) => Run(
            "train prior", options.Training, options.Sharp, Blending(options), common, output,
            () =>
            {
                TrainingOptions given = options.Training;
                var usual = PriorTrainingOptions.Create(
                    options.Task.Create(output.Note), options.Network, given.Batch, given.Crop);
                return usual with
                {
                    Unroll = options.Unroll ?? (options.Alone ? 1 : usual.Unroll),
                    Alone = options.Alone,
                    UnknownEdges = options.UnknownEdges,
                    PretrainSteps = options.PretrainSteps,
                };
            },
            cancellation);

    /// <summary>Trains an unconditional denoiser, writes its weights, and prints its accuracy.</summary>
    public static int Run(
        TrainDenoiserOptions options, CommonOptions common, CommandOutput output, CancellationToken cancellation) => Run(
            "train denoiser", options.Training, sharp: null, blending: null, common, output,
            () => PriorTrainingOptions.ForDenoiser(
                options.Channels, options.Training.Batch, options.Training.Crop ?? TrainDenoiserOptions.DefaultCrop),
            cancellation);

    private static int Run(
        string command, TrainingOptions options, SharpTrainingOptions? sharp, (string File, double Share)? blending,
        CommonOptions common, CommandOutput output, Func<PriorTrainingOptions> create, CancellationToken cancellation) =>
        SharedRun.Run(
            output,
            (group, output, ready) => RunOne(
                command, options, sharp, blending, common, output, create, group, ready, cancellation),
            cancellation);

    private static int RunOne(
        string command, TrainingOptions options, SharpTrainingOptions? sharp, (string File, double Share)? blending,
        CommonOptions common, CommandOutput output, Func<PriorTrainingOptions> create, ProcessGroup group, Action ready,
        CancellationToken cancellation)
    {
        TrainingBudget budget = options.Budget();
        SharpOptions? terms = sharp?.Create();
        OptionErrors.Naming("--weights", () => AtomicFile.CheckWritable(options.Weights));
        string? checkpoint = PrepareCheckpoint(options);
        PriorTrainingOptions training = create() with
        {
            Seed = common.Seed,
            LearningRate = (float)options.LearningRate,
            Loss = options.Distance,
            FixedOrder = options.FixedOrder,
        };
        if (options.Initial is { } initial)
        {
            training = training with { Initial = WeightsOf("--start", initial, training) };
        }

        PriorWeights? blended = blending is { } other ? WeightsOf("--blend", other.File, training) : null;

        var skipped = new SkippedImages(output);
        using var images = new PriorImages(options.Data, training, skipped.Add, group);
        training = training with { DataFingerprint = images.Fingerprint };
        output.Note($"data: {images.Description}");
        using Device device = DeviceChoice.Create(common, output, group, sameBits: options.FixedOrder);
        using FeatureNetwork? comparator = terms is { FeatureWeight: > 0 } ? sharp!.LoadComparator(device) : null;
        training = training with { Sharp = terms is null ? null : terms with { Comparator = comparator } };
        using var trainer = new PriorTrainer(device, training, images.Fill, images.Validation, group)
        {
            SecondsBetweenCheckpoints = 60 * options.CheckpointMinutes,
        };
        if (options.Resume)
        {
            Advice.Add("; start without --resume, or use the options that it was made with", () =>
            {
                trainer.Resume(checkpoint!, budget);
                return trainer.StepCount;
            });
        }

        ready();
        var curve = new List<PriorProgress>();
        PriorWeights? weights = null;
        output.Progress($"training {training.Task.Name}", line => weights = trainer.Train(
            budget,
            progress =>
            {
                curve.Add(progress);
                line.Update(progress.Fraction, Status(progress));
            },
            checkpoint, output.Error, cancellation));
        if (!group.IsFirst)
        {
            return skipped.End();
        }

        weights = blended is null ? weights : weights!.Blend(blended, 1 - blending!.Value.Share);
        weights = options.HalfPrecision ? weights!.InHalfPrecision() : weights!;
        weights.Save(options.Weights);
        if (output.OutDirectory is { } directory)
        {
            AtomicFile.WriteText(Path.Combine(directory, "training.csv"), ToCsv(curve));
        }

        Report(command, options.Data, options.Weights, training, output, device, trainer, weights, curve, group, isBlended: blended is not null);
        return skipped.End();
    }

    private static string? PrepareCheckpoint(TrainingOptions options)
    {
        if (options.Checkpoint is not { } directory)
        {
            return options.Resume
                ? throw new InputException("--resume needs --checkpoint DIR, where the state was saved")
                : null;
        }

        string path = Path.Combine(directory, CheckpointName);
        if (options.Resume && !File.Exists(path))
        {
            throw new InputException($"--resume: there is no '{path}' to continue from; start without --resume");
        }

        if (!options.Resume && File.Exists(path))
        {
            throw new InputException(
                $"--checkpoint: '{path}' is the state of an earlier run: continue it with --resume, or choose another " +
                "directory");
        }

        CommandOutput.PrepareDirectory("--checkpoint", directory);
        return path;
    }

    private static (string File, double Share)? Blending(TrainPriorOptions options) => options.Blend is { } file
        ? (file, options.BlendShare ?? 0.5)
        : options.BlendShare is null ? null : throw new InputException("--blend-share needs --blend FILE");

    private static PriorWeights WeightsOf(string option, string file, PriorTrainingOptions training)
    {
        PriorWeights weights = PriorSelection.LoadFile(file, training.Task);
        return training.WhyNotFrom(weights) is { } reason
            ? throw new InputException($"{option} {reason}: use other weights, or none")
            : weights;
    }

    private static string Status(PriorProgress progress)
    {
        double left = progress.Fraction > 0 ? progress.Seconds * (1 - progress.Fraction) / progress.Fraction : 0;
        string validation = progress.Validation is { } found
            ? string.Create(
                CultureInfo.InvariantCulture, $", validation {found.Psnr:0.00} dB (start {found.Start:0.00})")
            : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"step {progress.Step}, loss {progress.Loss:0.0000}{validation}, " +
            $"{progress.ImagesPerSecond:0.0} images/s, {left:0} s left");
    }

    private static void Report(
        string command, string data, string file, PriorTrainingOptions training, CommandOutput output, Device device,
        PriorTrainer trainer, PriorWeights weights, List<PriorProgress> curve, ProcessGroup group, bool isBlended)
    {
        GradientSum? sum = group.Size > 1 ? trainer.GradientSum : null;
        if (sum is not null)
        {
            output.Note(string.Create(
                CultureInfo.InvariantCulture,
                $"{group.Size} processes: {sum.BytesPerStep / 1e6:0.00} MB of gradients added up in each step, in {sum.Buckets} " +
                $"buckets; {100 * sum.HiddenShare:0} % of that time is behind the backward pass"));
        }

        PriorProgress? last = curve.Count > 0 ? curve[^1] : null;
        if (last?.Validation is { } validation)
        {
            Cell[][] rows =
            [
                ["start", Decibels(validation.Start)],
                ["network once", Decibels(validation.Once)],
                .. validation.Iterations.Count == 1 || training.Alone ? (Cell[][])[] :
                [
                    [$"after {validation.Trained} iterations", Decibels(validation.Psnr)],
                    [$"after {validation.Iterations.Count} iterations", Decibels(validation.Iterations[^1])],
                ],
            ];
            output.Table(new TextTable([new("on held-out images", AlignRight: false), new("PSNR")], rows));
        }

        output.Line($"weights: {file}{(isBlended ? ", blended; the figures are those of the trained ones alone" : "")}");
        output.Json(
            new TrainPriorReport(
                command, Application.Version, new ReportedDevice(device.Name, device.Threads), training.Task.Name, data,
                PriorArchitectures.NameOf(training.Architecture), trainer.Network.ParameterCount, training.Seed,
                weights.Steps, last?.Seconds ?? 0, last?.Loss ?? double.NaN, last?.ImagesPerSecond ?? double.NaN,
                last?.Validation?.Start, last?.Validation?.Once, last?.Validation?.Iterations ?? [], weights.Rho,
                file)
            {
                Processes = group.Size,
                GradientBytesPerStep = sum?.BytesPerStep,
                HiddenShare = sum?.HiddenShare,
            },
            ReportJson.Default.TrainPriorReport);
    }

    private static string Decibels(double value) =>
        value.ToString("0.00", CultureInfo.InvariantCulture) + " dB";

    private static string ToCsv(List<PriorProgress> curve)
    {
        var text = new StringBuilder("step,seconds,loss,gradient_norm,images_per_second,validation_psnr\n");
        foreach (PriorProgress point in curve)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"{point.Step},{point.Seconds:0.000},{point.Loss:0.000000},{point.GradientNorm:0.0000e+0},");
            text.Append(
                CultureInfo.InvariantCulture,
                $"{point.ImagesPerSecond:0.0},{point.Validation?.Psnr:0.000}\n");
        }

        return text.ToString();
    }
}
