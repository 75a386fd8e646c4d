using InfAdmm.Cli.Options;

namespace InfAdmm.Cli.Degrade;

/// <summary>The options of <c>degrade</c>.</summary>
internal sealed class DegradeOptions(OptionBinder options)
{
    /// <summary>The image files.</summary>
    public IReadOnlyList<string> Files { get; } = options.Arguments("FILES", "Images to measure.");

    /// <summary>The task that defines the measurement.</summary>
    public TaskOptions Task { get; } = new(options);
}
