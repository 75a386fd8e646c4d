using InfAdmm.Engine;
using InfAdmm.Nn.Features;

namespace InfAdmm.Cli.Options;

/// <summary>The network that compares features, of every command that uses one.</summary>
internal static class ComparatorOptions
{
    /// <summary>The name of the option.</summary>
    public const string Name = "--comparator";

    /// <summary>What stands for no network, where that is allowed.</summary>
    public const string None = "none";

    /// <summary>The name of the option for its layers.</summary>
    public const string Layers = "--feature-layers";

    /// <summary>The NuGet package with a network that was trained on ImageNet.</summary>
    public const string Package = "Microsoft.ML.DnnImageFeaturizer.ResNet18";

    /// <summary>What a file may contain.</summary>
    public const string Kinds = "a ResNet as .onnx, or torchvision's AlexNet or VGG-16 as .pth or .safetensors";

    /// <summary>Loads a network.</summary>
    /// <param name="device">The device that will hold it.</param>
    /// <param name="file">The file; null for that of the package.</param>
    /// <exception cref="InputException">There is no file, or it contains no such network.</exception>
    public static FeatureNetwork Load(Device device, string? file) => OptionErrors.Naming(
        Name, () => FeatureNetworks.Load(device, file ?? FindPackage() ?? throw new InputException(
            $"no network to compare features: get one with 'dotnet package download {Package}', or name a file")));

    /// <summary>The file of the package, where NuGet keeps it; null if it is not there.</summary>
    public static string? FindPackage()
    {
        string packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        string folder = Path.Combine(packages, Package.ToLowerInvariant());
        string[] files = Directory.Exists(folder)
            ? Directory.GetFiles(folder, "ResNet18.onnx", SearchOption.AllDirectories)
            : [];
        return files.Order(StringComparer.Ordinal).LastOrDefault();
    }
}
