using InfAdmm.Cli.Options;
using InfAdmm.Imaging.Datasets;

namespace InfAdmm.Cli.Evaluate;

/// <summary>The options of <c>evaluate</c>.</summary>
/// <param name="Task">What is measured.</param>
/// <param name="Prior">The prior of the learned methods, and their z-update.</param>
/// <param name="Data">The data set's file or folder.</param>
/// <param name="Split">The part of it that is reported.</param>
/// <param name="Limit">The most images to report; null for all.</param>
internal sealed record EvaluateOptions(
    TaskOptions Task, PriorSelection Prior, string Data, DataSplit Split, int? Limit)
{
    /// <summary>The methods to compare; null for all that make sense for the task.</summary>
    public IReadOnlyList<string>? Methods { get; init; }

    /// <summary>ADMM runs once with each of these penalties ρ; null for those that were trained.</summary>
    public IReadOnlyList<double>? Rho { get; init; }

    /// <summary>Iterations of the methods that iterate; null for each method's own count.</summary>
    public int? Iterations { get; init; }
}
