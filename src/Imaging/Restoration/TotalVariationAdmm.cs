using InfAdmm.Engine;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Solvers;
using InfAdmm.Solvers.Proximal;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Imaging.Restoration;

/// <summary>
/// Minimises ‖y − A z‖² + λ TV(x) over images in [0, 1] by ADMM with the exact z-update, from the task's initial
/// estimate.
/// </summary>
public sealed class TotalVariationAdmm : IDisposable
{
    private readonly IStartEstimate _start;
    private readonly int _iterations;
    private readonly IZUpdate _solver;
    private readonly TotalVariation _prior;
    private readonly Admm _admm;

    /// <summary>Creates the loop for a measurement. The caller keeps ownership of y and A.</summary>
    /// <param name="linearOperator">The operator A.</param>
    /// <param name="y">The measurement.</param>
    /// <param name="weight">The weight λ.</param>
    /// <param name="rho">The penalty ρ.</param>
    /// <param name="iterations">The number of ADMM iterations.</param>
    /// <param name="innerSteps">The number of steps of the proximal operator per iteration.</param>
    public TotalVariationAdmm(
        TaskOperator linearOperator, Tensor y, double weight, double rho, int iterations, int innerSteps)
    {
        _start = linearOperator.Task.Start.Create(linearOperator, y);
        _iterations = iterations;
        Device device = linearOperator.Device;
        _solver = linearOperator.CreateExactSolver(y, rho);
        _prior = new TotalVariation(
            linearOperator.ImageShape, device.Threads, innerSteps, joint: true, low: 0, high: 1);
        _admm = new Admm(
            device, linearOperator.ImageShape, _solver, _prior, (float)rho, (float)(weight / (2 * rho)));
    }

    /// <summary>Restores the current values of the measurement.</summary>
    /// <param name="x">Receives the image.</param>
    /// <param name="iterate">Called with x after each iteration.</param>
    public void Restore(Tensor x, Action<Tensor>? iterate = null)
    {
        _solver.MeasurementChanged();
        _prior.Reset();
        _start.Apply(x);
        _admm.Start(x);
        for (int k = 0; k < _iterations; k++)
        {
            _admm.Step();
            iterate?.Invoke(_admm.X);
        }

        x.Device.Copy(_admm.X, x);
    }

    /// <summary>Frees the loop.</summary>
    public void Dispose()
    {
        _admm.Dispose();
        _solver.Dispose();
        _start.Dispose();
    }
}
