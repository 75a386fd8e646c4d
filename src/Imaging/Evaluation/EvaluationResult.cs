namespace InfAdmm.Imaging.Evaluation;

/// <summary>The result of a <see cref="TaskEvaluation"/>.</summary>
/// <param name="Images">The number of restored images.</param>
/// <param name="Methods">The results of each method.</param>
/// <param name="Examples">Some of the images, with the results of all methods.</param>
public sealed record EvaluationResult(
    int Images, IReadOnlyList<MethodReport> Methods, IReadOnlyList<RestoredImage> Examples);

/// <summary>The progress of a <see cref="TaskEvaluation"/>.</summary>
/// <param name="Fraction">The fraction done, 0 to 1.</param>
/// <param name="Status">The current activity.</param>
public readonly record struct EvaluationProgress(double Fraction, string Status);
