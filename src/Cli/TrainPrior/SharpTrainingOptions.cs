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
    private const string ComparatorOption = "--comparator";
    private const string Package = "Microsoft.ML.DnnImageFeaturizer.ResNet18";

    private static readonly SharpOptions Usual = new();

    private readonly TrainingLoss _loss = options.Choice("--loss",
        "What the training compares: reconstruction, pixels; perceptual, features too; adversarial, with a discriminator too.",
        TrainingLoss.Reconstruction);

    private readonly string? _comparator = options.Optional(OptionFactory.Text(ComparatorOption, "FILE",
        "A network that compares features: a ResNet as .onnx, or torchvision's AlexNet or VGG-16 as .pth or .safetensors. " +
        $"Default: the file of the package {Package}."));

    private readonly IReadOnlyList<double>? _layers = options.Optional(OptionFactory.PositiveList("--feature-layers", "N,N,…",
        $"The layers whose features are compared, counted by their ReLUs; default: {string.Join(",", Usual.FeatureLayers)}."));

    private readonly double _pixels = options.WithDefault(OptionFactory.NonNegative("--lambda-r", "L",
        "The weight of the distance of pixels.", maximum: 1e6), Usual.PixelWeight);

    private readonly double _features = options.WithDefault(OptionFactory.NonNegative("--lambda-f", "L",
        "The weight of the distance of features.", maximum: 1e6), Usual.FeatureWeight);

    private readonly double _adversarial = options.WithDefault(OptionFactory.NonNegative("--lambda-a", "L",
        "The weight of the discriminator.", maximum: 1e6), 1e-3);

    private readonly double _rate = options.WithDefault(OptionFactory.Positive("--discriminator-rate", "R",
        "The learning rate of the discriminator.", maximum: 1), Usual.DiscriminatorRate);

    /// <summary>Whether there is anything beside the distance of pixels.</summary>
    public bool IsSharp => _loss != TrainingLoss.Reconstruction;

    /// <summary>The terms of the loss.</summary>
    /// <param name="comparator">The network that compares features.</param>
    public SharpOptions Create(FeatureNetwork comparator) => Usual with
    {
        PixelWeight = _pixels,
        FeatureWeight = _features,
        AdversarialWeight = _loss == TrainingLoss.Adversarial ? _adversarial : 0,
        Comparator = comparator,
        FeatureLayers = _layers is null ? Usual.FeatureLayers : [.. _layers.Select(Layer).Order()],
        DiscriminatorRate = (float)_rate,
    };

    /// <summary>Loads the network that compares features.</summary>
    /// <exception cref="InputException">There is no file, or it contains no such network.</exception>
    public FeatureNetwork LoadComparator(Device device) => OptionErrors.Naming(
        ComparatorOption, () => FeatureNetworks.Load(device, _comparator ?? FindPackage()));

    private static int Layer(double number) => number == Math.Floor(number) && number <= int.MaxValue
        ? (int)number
        : throw new InputException(FormattableString.Invariant($"--feature-layers: {number} is not a whole number"));

    /// <summary>The file of the package, where NuGet keeps it.</summary>
    private static string FindPackage()
    {
        string packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        string folder = Path.Combine(packages, Package.ToLowerInvariant());
        string[] files = Directory.Exists(folder)
            ? Directory.GetFiles(folder, "ResNet18.onnx", SearchOption.AllDirectories)
            : [];
        return files.Order(StringComparer.Ordinal).LastOrDefault() ?? throw new InputException(
            $"no network to compare features: get one with 'dotnet package download {Package}', or name a file");
    }
}
