namespace InfAdmm.Imaging.Files;

/// <summary>The contents of a picture file.</summary>
/// <param name="Image">The colours, grey or red, green, blue, scaled to [0, 1]; not premultiplied by alpha.</param>
/// <param name="Alpha">
/// The opacity of each pixel in row-major order, 0 to 1; null if the file has no alpha channel.
/// </param>
/// <param name="IsDeep">Whether the file has more than 8 bits per sample.</param>
public sealed record Picture(PlanarImage Image, float[]? Alpha = null, bool IsDeep = false)
{
    /// <summary>The ICC profile of the file, unchanged; null if it has none.</summary>
    public byte[]? IccProfile { get; init; }

    /// <summary>A problem with the file that did not prevent reading all pixels; null for none.</summary>
    public string? Note { get; init; }
}
