using InfAdmm.Cli.Options;
using InfAdmm.Imaging.Priors;

namespace InfAdmm.Cli.TrainPrior;

/// <summary>The options of <c>train denoiser</c>.</summary>
internal sealed class TrainDenoiserOptions(OptionBinder options)
{
    /// <summary>The default height and width of a crop.</summary>
    public const int DefaultCrop = 64;

    /// <summary>The channels of the images.</summary>
    public int Channels { get; } = options.WithDefault(
        OptionFactory.Integer("--channels", "N", "3 for colour, 1 for grey images.", minimum: 1, maximum: 3), 3);

    /// <summary>The images, the budget and the files.</summary>
    public TrainingOptions Training { get; } = new(options, "64", PriorLoss.Psnr);
}
