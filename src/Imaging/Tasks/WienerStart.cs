using InfAdmm.Engine;

namespace InfAdmm.Imaging.Tasks;

/// <summary>The Wiener filter with a weight that was tuned for one noise level and scales with σ².</summary>
/// <param name="Weight">The weight for that noise level.</param>
/// <param name="Sigma">The standard deviation of that noise.</param>
public sealed record WienerStart(double Weight, double Sigma) : ITaskStart
{
    // Below a hundredth of the tuned noise level, the filter would amplify rounding errors.
    private const double SmallestShare = 1e-4;

    /// <inheritdoc/>
    public int MarginPasses => 3;

    /// <summary>Returns the weight for a noise level.</summary>
    public double WeightFor(double sigma)
    {
        double ratio = sigma / Sigma;
        return Weight * Math.Max(ratio * ratio, SmallestShare);
    }

    /// <inheritdoc/>
    public IStartEstimate Create(TaskOperator linearOperator, Tensor y) =>
        new WienerFilter(linearOperator, y, WeightFor(linearOperator.Task.Sigma));
}
