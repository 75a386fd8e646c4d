using InfAdmm.Cli.Options;
using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Nn.Features;

namespace InfAdmm.Cli.TrainPrior;

/// <summary>What <c>--loss</c> of <c>train prior</c> offers.</summary>
internal enum TrainingLoss
{
    /// <summary>The distance of pixels.</summary>
    Reconstruction,

    /// <summary>The distance of pixels and of features.</summary>
    Perceptual,

    /// <summary>The distance of pixels and of features, and a discriminator.</summary>
    Adversarial,
}

/// <summary>The options of the loss that makes pictures sharper, equation (13).</summary>
internal sealed class SharpTrainingOptions(OptionBinder options)
{
    private const string PixelsOption = "--lambda-r";
    private const string FeaturesOption = "--lambda-f";
    private const string AdversarialOption = "--lambda-a";
    private const string RateOption = "--discriminator-rate";
    private const string SharpenOption = "--sharpen";
    private const double LargestWeight = 1e6;
    private const double UsualAdversarialWeight = 1e-3;

    private static readonly SharpOptions Usual = new();

    private readonly TrainingLoss _loss = options.Choice("--loss",
        "What the training compares: reconstruction, pixels; perceptual, features too; adversarial, with a discriminator too.",
        TrainingLoss.Reconstruction);

    private readonly string? _comparator = options.Optional(OptionFactory.Text(ComparatorOptions.Name, "FILE",
        $"A network that compares features: {ComparatorOptions.Kinds}. Default: the file of the package " +
        $"{ComparatorOptions.Package}."));

    private readonly IReadOnlyList<int>? _layers = options.Optional(OptionFactory.IntegerList(ComparatorOptions.Layers, "N,N,…",
        "The layers whose features are compared, counted by their ReLUs; default: " +
        $"{string.Join(",", Usual.FeatureLayers)}."));

    private readonly double? _pixels = options.Optional(OptionFactory.NonNegative(PixelsOption, "L",
        FormattableString.Invariant($"The weight of the distance of pixels; default: {Usual.PixelWeight}."), LargestWeight));

    private readonly double? _features = options.Optional(OptionFactory.NonNegative(FeaturesOption, "L",
        FormattableString.Invariant($"The weight of the distance of features; default: {Usual.FeatureWeight}."), LargestWeight));

    private readonly double? _adversarial = options.Optional(OptionFactory.NonNegative(AdversarialOption, "L",
        FormattableString.Invariant($"The weight of the discriminator; default: {UsualAdversarialWeight}."), LargestWeight));

    private readonly double? _rate = options.Optional(OptionFactory.Positive(RateOption, "R",
        FormattableString.Invariant($"The learning rate of the discriminator; default: {Usual.DiscriminatorRate}."), maximum: 1));

    private readonly double? _sharpen = options.Optional(OptionFactory.NonNegative(SharpenOption, "AMOUNT",
        "How much the images to learn from are sharpened: AMOUNT times what a Gaussian of 1 pixel removes is added; default: 0.",
        maximum: 10));

    /// <summary>The terms beside the distance of pixels, without their comparator; null if there are none.</summary>
    /// <exception cref="InputException">An option was given that this loss has no use for.</exception>
    public SharpOptions? Create()
    {
        bool isAdversarial = _loss == TrainingLoss.Adversarial;
        CheckUse(
            "--loss perceptual or adversarial", _loss != TrainingLoss.Reconstruction,
            (ComparatorOptions.Name, _comparator), (ComparatorOptions.Layers, _layers), (PixelsOption, _pixels), (FeaturesOption, _features),
            (SharpenOption, _sharpen));
        if (_comparator == ComparatorOptions.None)
        {
            throw new InputException(
                $"{ComparatorOptions.Name} {ComparatorOptions.None} is for 'evaluate': to train without features, use {FeaturesOption} 0");
        }

        CheckUse("--loss adversarial", isAdversarial, (AdversarialOption, _adversarial), (RateOption, _rate));
        if (_loss == TrainingLoss.Reconstruction)
        {
            return null;
        }

        SharpOptions sharp = Usual with
        {
            PixelWeight = _pixels ?? Usual.PixelWeight,
            FeatureWeight = _features ?? Usual.FeatureWeight,
            Sharpening = _sharpen ?? 0,
            AdversarialWeight = isAdversarial ? _adversarial ?? UsualAdversarialWeight : 0,
            FeatureLayers = _layers is null ? Usual.FeatureLayers : [.. _layers.Order()],
            DiscriminatorRate = (float)(_rate ?? Usual.DiscriminatorRate),
        };
        CheckUse($"{AdversarialOption} above 0", !isAdversarial || sharp.AdversarialWeight > 0, (RateOption, _rate));
        CheckUse(
            $"{FeaturesOption} above 0", sharp.FeatureWeight > 0, (ComparatorOptions.Name, _comparator), (ComparatorOptions.Layers, _layers));
        return sharp;
    }

    /// <summary>Loads the network that compares features.</summary>
    /// <exception cref="InputException">There is no file, or it contains no such network.</exception>
    public FeatureNetwork LoadComparator(Device device) => ComparatorOptions.Load(device, _comparator);

    private static void CheckUse(string purpose, bool isServed, params (string Name, object? Value)[] given)
    {
        if (!isServed && given.FirstOrDefault(option => option.Value is not null).Name is { } name)
        {
            throw new InputException($"{name} is for {purpose}: leave it out, or choose that");
        }
    }
}
