using InfAdmm.Imaging.Files;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>An image with its measurement and the results of all methods.</summary>
/// <param name="Measurement">The measurement y, clipped to [0, 1].</param>
/// <param name="Results">The result of each method, clipped to [0, 1].</param>
/// <param name="Truth">The image x.</param>
public sealed record RestoredImage(
    PlanarImage Measurement, IReadOnlyList<PlanarImage> Results, PlanarImage Truth);
