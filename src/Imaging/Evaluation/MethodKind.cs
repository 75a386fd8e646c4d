using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>A method before its settings are known: its name, when it applies, and how it is made.</summary>
/// <param name="Name">What users call it.</param>
/// <param name="WhyNot">Why it makes no sense for a task, or null if it does.</param>
/// <param name="Create">Makes it: several rows of the report, if it is to run with several settings.</param>
public sealed record MethodKind(
    string Name,
    Func<ImageTask, string?> WhyNot,
    Func<ImageTask, MethodOptions, IEnumerable<RestorationMethod>> Create)
{
    /// <summary>True if it needs a trained prior.</summary>
    public bool NeedsPrior { get; init; }
}
