using InfAdmm.Engine;

namespace InfAdmm.Imaging.Files;

/// <summary>An image on the host: planes of rows, as tensors have it.</summary>
/// <param name="Values">All values, the last plane's last pixel last.</param>
/// <param name="Shape">(1, channels, height, width).</param>
public sealed record PlanarImage(float[] Values, Shape Shape);
