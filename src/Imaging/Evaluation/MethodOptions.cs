using InfAdmm.Imaging.Restoration;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>Which methods are compared, and with what.</summary>
/// <param name="Prior">The prior of the learned methods, and their z-update.</param>
public sealed record MethodOptions(PriorSelection Prior)
{
    /// <summary>Some of <see cref="RestorationMethods.Names"/>; null for all that make sense for the task.</summary>
    public IReadOnlyList<string>? Methods { get; init; }

    /// <summary>ADMM runs once with each of these penalties ρ; null for those that were trained.</summary>
    public IReadOnlyList<double>? Rho { get; init; }

    /// <summary>Iterations of the methods that iterate; null for each method's own count.</summary>
    public int? Iterations { get; init; }
}
