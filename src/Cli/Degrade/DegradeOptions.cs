using InfAdmm.Cli.Options;

namespace InfAdmm.Cli.Degrade;

/// <summary>The options of <c>degrade</c>.</summary>
internal sealed class DegradeOptions(OptionBinder options)
{
    /// <summary>The image files.</summary>
    public PictureOptions Pictures { get; } = new(options, "Images to measure.");

    /// <summary>The task that defines the measurement.</summary>
    public TaskOptions Task { get; } = new(options);
}
