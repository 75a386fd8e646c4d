using InfAdmm.Engine;

namespace InfAdmm.Imaging.Files;

/// <summary>An image in host memory, laid out like a tensor: one plane a channel, each row by row.</summary>
/// <param name="Values">The values, as many as <paramref name="Shape"/> has.</param>
/// <param name="Shape">(1, channels, height, width).</param>
public sealed record PlanarImage(float[] Values, Shape Shape);
