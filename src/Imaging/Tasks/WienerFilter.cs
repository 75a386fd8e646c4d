using InfAdmm.Engine;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Imaging.Tasks;

/// <summary>
/// z = q + Aᵀ (w I + A Aᵀ)⁻¹ (y − A q), the z-update from the mean of each plane of y with the weight w = σ²/S as ρ,
/// where the spectrum S of what varies in the images is assumed to be flat (docs/mathematics.md §3). w is tuned on images.
/// The blur keeps the mean, so a flat image is restored exactly; from q = 0 it would come out darker.
/// </summary>
public sealed class WienerFilter : IStartEstimate
{
    private readonly IZUpdate _solver;
    private readonly Tensor _y;
    private readonly Tensor _mean;
    private readonly float[] _measured;

    /// <summary>Creates the filter for a measurement. The caller keeps ownership of both arguments.</summary>
    public WienerFilter(TaskOperator linearOperator, Tensor y, double weight)
    {
        _solver = linearOperator.CreateExactSolver(y, weight);
        _y = y;
        _mean = linearOperator.Device.Allocate(linearOperator.ImageShape);
        _measured = new float[y.Count];
    }

    /// <summary>Filters the current values of the measurement.</summary>
    public void Apply(Tensor z)
    {
        _solver.MeasurementChanged();
        FillMean();
        _solver.Solve(_mean, z);
    }

    /// <summary>Fills each plane of an image with the mean of the measured plane that it belongs to.</summary>
    private void FillMean()
    {
        Device device = _mean.Device;
        device.Download(_y, _measured);
        Shape measured = _y.Shape;
        Shape plane = Shape.Matrix(_mean.Shape.H, _mean.Shape.W);
        for (int i = 0; i < _mean.Shape.Planes; i++)
        {
            int source = Math.Min(i, measured.Planes - 1) * measured.PlaneSize;
            double sum = 0;
            foreach (float value in _measured.AsSpan(source, measured.PlaneSize))
            {
                sum += value;
            }

            device.Fill((float)(sum / measured.PlaneSize), _mean.Slice((long)i * plane.Count, plane));
        }
    }

    /// <summary>Frees the workspace.</summary>
    public void Dispose()
    {
        _mean.Dispose();
        _solver.Dispose();
    }
}
