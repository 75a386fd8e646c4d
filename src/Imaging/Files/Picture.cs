namespace InfAdmm.Imaging.Files;

/// <summary>A picture file's contents.</summary>
/// <param name="Image">Grey or colour, scaled to [0, 1].</param>
/// <param name="Alpha">The opacity of each pixel, 0 to 1; null if the file has none.</param>
/// <param name="IsDeep">True if the file has 16 bits a sample.</param>
public sealed record Picture(PlanarImage Image, float[]? Alpha, bool IsDeep);
