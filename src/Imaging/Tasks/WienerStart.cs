using InfAdmm.Engine;
using InfAdmm.Solvers;

namespace InfAdmm.Imaging.Tasks;

/// <summary>
/// <see cref="WienerFilter"/> with parameters that were tuned for one noise level; the weight scales with σ². A grey
/// measurement gives the same image in all channels.
/// </summary>
/// <param name="Weight">The weight for that noise level.</param>
/// <param name="Power">The exponent of the power spectrum of the images.</param>
/// <param name="Sigma">The standard deviation of that noise.</param>
public sealed record WienerStart(double Weight, double Power, double Sigma) : ITaskStart
{
    // Below a hundredth of the tuned noise level, the filter would amplify rounding errors.
    private const double SmallestShare = 1e-4;

    /// <inheritdoc/>
    public int MarginIterations => 6;

    /// <summary>Returns the weight for a noise level.</summary>
    public double WeightFor(double sigma)
    {
        double ratio = sigma / Sigma;
        return Weight * Math.Max(ratio * ratio, SmallestShare);
    }

    /// <inheritdoc/>
    public IStartEstimate Create(TaskOperator linearOperator, Tensor y) =>
        new Estimate(linearOperator, y, WeightFor(linearOperator.Task.Sigma), Power);

    /// <summary>Prepares the estimate with the weight itself, for any noise level.</summary>
    /// <param name="linearOperator">The operator A. The caller keeps ownership.</param>
    /// <param name="y">The measurement, read at every call. The caller keeps ownership.</param>
    /// <param name="weight">The weight.</param>
    /// <param name="power">The exponent of the power spectrum of the images.</param>
    public static IStartEstimate Create(TaskOperator linearOperator, Tensor y, double weight, double power) =>
        new Estimate(linearOperator, y, weight, power);

    private sealed class Estimate : IStartEstimate
    {
        private readonly WienerFilter _filter;
        private readonly Tensor? _grey;

        public Estimate(TaskOperator linearOperator, Tensor y, double weight, double power)
        {
            ImageTask task = linearOperator.Task;
            _filter = new WienerFilter(task.Kernel, task.Stride, y, weight, power);
            Shape image = linearOperator.ImageShape;
            _grey = y.Shape.C == image.C ? null : y.Device.Allocate(image with { C = y.Shape.C });
        }

        public void Apply(Tensor z)
        {
            if (_grey is null)
            {
                _filter.Apply(z);
                return;
            }

            _filter.Apply(_grey);
            Shape plane = Shape.Matrix(z.Shape.H, z.Shape.W);
            for (int i = 0; i < z.Shape.Planes; i++)
            {
                long source = (long)(i / z.Shape.C) * plane.Count;
                z.Device.Copy(_grey.Slice(source, plane), z.Slice((long)i * plane.Count, plane));
            }
        }

        public void Dispose()
        {
            _filter.Dispose();
            _grey?.Dispose();
        }
    }
}
