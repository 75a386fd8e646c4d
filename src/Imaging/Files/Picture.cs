namespace InfAdmm.Imaging.Files;

/// <summary>The contents of a picture file.</summary>
/// <param name="Image">The colours, grey or red, green, blue, scaled to [0, 1]; alpha is not multiplied in.</param>
/// <param name="Alpha">The opacity of each pixel, row by row, 0 to 1; null if the file has no alpha channel.</param>
/// <param name="IsDeep">True if the file has more than 8 bits a sample.</param>
public sealed record Picture(PlanarImage Image, float[]? Alpha = null, bool IsDeep = false)
{
    /// <summary>The ICC profile of the file, byte for byte; null if it has none.</summary>
    public byte[]? IccProfile { get; init; }

    /// <summary>What is wrong with the file although all its pixels could be read; null if nothing is.</summary>
    public string? Note { get; init; }
}
