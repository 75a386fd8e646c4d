namespace InfAdmm.Imaging.Files;

/// <summary>What a picture file says outside of its pixels, as far as ImageSharp does not report it.</summary>
internal sealed record ContainerFacts
{
    /// <summary>True if the file has more than 8 bits a sample.</summary>
    public bool IsDeep { get; init; }

    /// <summary>True if the file declares an alpha channel, even if all pixels are opaque.</summary>
    public bool HasAlpha { get; init; }

    /// <summary>The ICC profile; null if there is none or ImageSharp reads it.</summary>
    public byte[]? IccProfile { get; init; }

    /// <summary>What is wrong with the file without affecting its pixels, or null.</summary>
    public string? Note { get; init; }
}
