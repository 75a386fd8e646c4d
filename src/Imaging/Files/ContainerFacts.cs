namespace InfAdmm.Imaging.Files;

/// <summary>Properties of a picture file, other than its pixels, that ImageSharp does not report.</summary>
internal sealed record ContainerFacts
{
    /// <summary>Whether the file has more than 8 bits per sample.</summary>
    public bool IsDeep { get; init; }

    /// <summary>Whether the file declares an alpha channel, even if all pixels are opaque.</summary>
    public bool HasAlpha { get; init; }

    /// <summary>The ICC profile; null if there is none or ImageSharp reads it.</summary>
    public byte[]? IccProfile { get; init; }

    /// <summary>A problem with the file that does not affect its pixels; null for none.</summary>
    public string? Note { get; init; }
}
