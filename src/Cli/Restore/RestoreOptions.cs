using InfAdmm.Cli.Archives;
using InfAdmm.Cli.Options;

namespace InfAdmm.Cli.Restore;

/// <summary>The options of <c>restore</c>.</summary>
internal sealed class RestoreOptions(OptionBinder options)
{
    /// <summary>The measurement files.</summary>
    public PictureOptions Pictures { get; } = new(options,
        "Pictures to restore: low-resolution ones for sr4 and color-sr2, blurred ones for deblur. Or archives: folders, and " +
        "patterns like 'scans/**/*.tif'.", isRequired: false);

    /// <summary>Which part of an archive.</summary>
    public ArchiveOptions Archive { get; } = new(options);

    /// <summary>How to restore them.</summary>
    public RestorerOptions Restorer { get; } = new(options, isTaskRequired: false);
}
