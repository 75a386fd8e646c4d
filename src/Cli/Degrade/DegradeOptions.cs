using InfAdmm.Cli.Options;

namespace InfAdmm.Cli.Degrade;

/// <summary>The options of <c>degrade</c>.</summary>
internal sealed class DegradeOptions(OptionBinder options)
{
    /// <summary>The images.</summary>
    public IReadOnlyList<string> Files { get; } = options.Arguments("FILES", "Images to measure.");

    /// <summary>What is measured.</summary>
    public TaskOptions Task { get; } = new(options);
}
