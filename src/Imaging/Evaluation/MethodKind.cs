using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>A method before its settings are known: its name, when it applies, and how to create it.</summary>
/// <param name="Name">The name for users.</param>
/// <param name="WhyNot">Returns why the method does not apply to a task; null if it does.</param>
/// <param name="Create">
/// Creates the method; several if it is to run with several settings, each a row of the report.
/// </param>
public sealed record MethodKind(
    string Name,
    Func<ImageTask, string?> WhyNot,
    Func<ImageTask, MethodOptions, IEnumerable<RestorationMethod>> Create)
{
    /// <summary>Whether the method needs a trained prior.</summary>
    public bool NeedsPrior { get; init; }
}
