namespace InfAdmm.Imaging.Evaluation;

/// <summary>The outcome of an <see cref="TaskEvaluation"/>.</summary>
/// <param name="Images">The count of images that were restored.</param>
/// <param name="Methods">The results of each method.</param>
/// <param name="Examples">Some of the images with all results.</param>
public sealed record EvaluationResult(
    int Images, IReadOnlyList<MethodReport> Methods, IReadOnlyList<RestoredImage> Examples);

/// <summary>Where an <see cref="TaskEvaluation"/> stands.</summary>
/// <param name="Fraction">The fraction done, 0 to 1.</param>
/// <param name="Status">What is being done.</param>
public readonly record struct EvaluationProgress(double Fraction, string Status);
