using InfAdmm.Engine;

namespace InfAdmm.Imaging.Tasks;

/// <summary>
/// How a task computes its initial estimate z₀ from a measurement: the starting point of ADMM, and the input of a
/// network that is applied once.
/// </summary>
public interface ITaskStart
{
    /// <summary>
    /// The most iterations of conjugate gradients with which <c>restore</c> finds the margin around a measurement, so that
    /// the estimate and its own blur agree there; 0 if a mirrored margin is good enough. They need an estimate that is
    /// linear in y, and symmetric and not expanding if A follows it, like a Wiener filter.
    /// </summary>
    int MarginIterations { get; }

    /// <summary>Prepares the estimate for one image shape.</summary>
    /// <param name="linearOperator">The operator A. The caller keeps ownership.</param>
    /// <param name="y">The measurement, read at every call. The caller keeps ownership.</param>
    IStartEstimate Create(TaskOperator linearOperator, Tensor y);
}

/// <summary>An <see cref="ITaskStart"/> for one image shape, with its workspace.</summary>
public interface IStartEstimate : IDisposable
{
    /// <summary>Computes z₀ from the current values of the measurement.</summary>
    void Apply(Tensor z);
}
