using InfAdmm.Imaging.Files;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>An image with its measurement and the results of all methods.</summary>
/// <param name="Measurement">The measurement y, clipped to [0, 1].</param>
/// <param name="Results">The result of each method, clipped to [0, 1].</param>
/// <param name="Truth">The image x.</param>
public sealed record RestoredImage(
    PlanarImage Measurement, IReadOnlyList<PlanarImage> Results, PlanarImage Truth)
{
    /// <summary>
    /// For each method the iterates <see cref="ShownIterations"/> that it reached, and the last one; none for a method
    /// without iterations.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<(int Iteration, PlanarImage Image)>> Iterates { get; init; } = [];

    /// <summary>The iterations, counted from 1, that the paper's Figure 4 shows.</summary>
    public static IReadOnlyList<int> ShownIterations { get; } = [1, 4, 7];
}
