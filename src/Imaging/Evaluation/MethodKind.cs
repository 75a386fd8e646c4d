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
    /// <summary>Which trained weights the method needs.</summary>
    public NeededWeights Needs { get; init; }
}

/// <summary>The trained weights that a method needs.</summary>
public enum NeededWeights
{
    /// <summary>No weights.</summary>
    None,

    /// <summary>The prior of the task.</summary>
    Prior,

    /// <summary>The unconditional denoiser.</summary>
    Denoiser,
}
