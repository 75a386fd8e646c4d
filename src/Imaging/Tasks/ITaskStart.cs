using InfAdmm.Engine;

namespace InfAdmm.Imaging.Tasks;

/// <summary>
/// How a task makes its first estimate z₀ from a measurement: where ADMM starts, and what a network that is applied
/// once gets.
/// </summary>
public interface ITaskStart
{
    /// <summary>
    /// How often <c>restore</c> refines the margin around a measurement with this estimate: the margin is measured
    /// again from the estimate, and the estimate made again. 0 where a mirrored margin is good enough.
    /// </summary>
    int MarginPasses { get; }

    /// <summary>Prepares the estimate for one image shape.</summary>
    /// <param name="linearOperator">A; the caller keeps owning it.</param>
    /// <param name="y">The measurement, read at every call; the caller keeps owning it.</param>
    IStartEstimate Create(TaskOperator linearOperator, Tensor y);
}

/// <summary>An <see cref="ITaskStart"/> for one image shape, with its workspace.</summary>
public interface IStartEstimate : IDisposable
{
    /// <summary>z₀ from the current values of the measurement.</summary>
    void Apply(Tensor z);
}
