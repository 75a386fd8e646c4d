using InfAdmm.Engine;

namespace InfAdmm.Imaging.Tasks;

/// <summary>The Wiener filter with a weight that was tuned for one noise and is taken in proportion to σ².</summary>
/// <param name="Weight">The weight for that noise.</param>
/// <param name="Sigma">The standard deviation of that noise.</param>
public sealed record WienerStart(double Weight, double Sigma) : ITaskStart
{
    // With less noise than a hundredth of that it was tuned for, the filter would divide by what is lost to rounding.
    private const double SmallestShare = 1e-4;

    /// <inheritdoc/>
    public int MarginPasses => 3;

    /// <summary>The weight for a noise.</summary>
    public double WeightFor(double sigma)
    {
        double ratio = sigma / Sigma;
        return Weight * Math.Max(ratio * ratio, SmallestShare);
    }

    /// <inheritdoc/>
    public IStartEstimate Create(TaskOperator linearOperator, Tensor y) =>
        new WienerFilter(linearOperator, y, WeightFor(linearOperator.Task.Sigma));
}
