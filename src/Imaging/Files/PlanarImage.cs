using InfAdmm.Engine;

namespace InfAdmm.Imaging.Files;

/// <summary>An image in host memory, laid out like a tensor: one plane per channel, each in row-major order.</summary>
/// <param name="Values">The values, in the order of <paramref name="Shape"/>.</param>
/// <param name="Shape">The shape (1, channels, height, width).</param>
public sealed record PlanarImage(float[] Values, Shape Shape);
