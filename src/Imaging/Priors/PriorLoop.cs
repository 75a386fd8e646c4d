using InfAdmm.Engine;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Solvers;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Imaging.Priors;

/// <summary>
/// <see cref="Admm"/> with a trained prior, and with ρ and the level of each step; further steps use those of the last
/// one. <see cref="Z"/> is the restored image.
/// </summary>
/// <remarks>
/// With a denoiser this is ADMM with a schedule of ρ. A prior that was trained through the loop runs it as it was
/// trained: w is not rescaled when ρ changes (<see cref="Admm.UseUnscaled"/>), so the loop is an unrolled network in the
/// shape of ADMM rather than ADMM for one problem.
/// </remarks>
public sealed class PriorLoop : IDisposable
{
    private readonly PriorWeights _weights;
    private readonly LearnedProximal _prior;
    private readonly IZUpdate[] _updates = [];
    private readonly IZUpdate[] _updateOfStep = [];
    private readonly Admm _admm;
    private int _firstStep;

    /// <summary>Creates the loop; <see cref="Start"/> sets the initial estimate.</summary>
    /// <param name="linearOperator">The operator A. The caller keeps ownership.</param>
    /// <param name="y">
    /// The measurement; where A has none, only the network uses its values. The caller keeps ownership.
    /// </param>
    /// <param name="weights">The trained prior.</param>
    /// <param name="solver">The z-update; null for the cheapest exact one.</param>
    /// <exception cref="InputException">
    /// The weights belong to another network, or the z-solver does not apply.
    /// </exception>
    public PriorLoop(TaskOperator linearOperator, Tensor y, PriorWeights weights, ZSolverChoice? solver = null)
    {
        Device device = linearOperator.Device;
        Shape images = linearOperator.ImageShape;
        _weights = weights;
        _prior = new LearnedProximal(device, weights, y, images);
        try
        {
            double[] distinct = [.. weights.Rho.Distinct()];
            _updates = [.. (solver ?? ZSolverChoice.CheapestExact).CreateForEach(linearOperator, y, distinct)];
            _updateOfStep = [.. weights.Rho.Select(rho => _updates[Array.IndexOf(distinct, rho)])];
            _admm = new Admm(
                device, images, _updateOfStep[0], _prior, (float)weights.RhoOf(0), (float)weights.LevelOf(0));
        }
        catch
        {
            DisposeParts();
            throw;
        }
    }

    /// <summary>The number of steps taken since the start.</summary>
    public int Iteration => _admm.Iteration;

    /// <summary>The iterate of the prior.</summary>
    public Tensor X => _admm.X;

    /// <summary>The iterate of the data term: the restored image.</summary>
    public Tensor Z => _admm.Z;

    /// <summary>The point q = x + w that the last z-update started from.</summary>
    public Tensor Q => _admm.Q;

    /// <summary>Sets z to an initial estimate and w to zero, and reads the current values of y.</summary>
    /// <param name="z">The estimate.</param>
    /// <param name="step">
    /// The step, counted from 0, whose ρ and level the first one has: a later one for an estimate that is already good.
    /// </param>
    public void Start(Tensor z, int step = 0)
    {
        MeasurementChanged();
        _admm.Start(z);
        _firstStep = step;
    }

    /// <summary>
    /// The number of z-updates, since the loop was created, in which a guard had to improve the solution; null without a
    /// guard.
    /// </summary>
    public int? GuardedSteps => _updates[0].GuardedSteps is null ? null : _updates.Sum(update => update.GuardedSteps);

    /// <summary>
    /// Bounds the error of the last z-update; null if the z-solver cannot (<see cref="IZUpdate.BoundError"/>).
    /// </summary>
    public ErrorBound? BoundError() =>
        _updateOfStep[Math.Min(_firstStep + Iteration, _updateOfStep.Length) - 1].BoundError(Q, Z);

    /// <summary>
    /// Reads the current values of y, which may change between two steps; z-updates do not continue from their last
    /// solution.
    /// </summary>
    public void MeasurementChanged()
    {
        foreach (IZUpdate update in _updates)
        {
            update.MeasurementChanged();
        }
    }

    /// <summary>Runs one iteration.</summary>
    public void Step()
    {
        int k = _firstStep + Iteration;
        _prior.Step = k;
        if (k < _updateOfStep.Length || Iteration == 0)
        {
            IZUpdate update = _updateOfStep[Math.Min(k, _updateOfStep.Length - 1)];
            var rho = (float)_weights.RhoOf(k);
            if (_weights.IsDenoiser)
            {
                _admm.Use(update, rho);
            }
            else
            {
                _admm.UseUnscaled(update, rho);
            }

            _admm.Tau = (float)_weights.LevelOf(k);
        }

        _admm.Step();
    }

    /// <summary>The distance of the last step from a fixed point.</summary>
    public AdmmResiduals Residuals() => _admm.Residuals();

    /// <summary>Frees everything.</summary>
    public void Dispose()
    {
        _admm.Dispose();
        DisposeParts();
    }

    private void DisposeParts()
    {
        _prior.Dispose();
        foreach (IZUpdate update in _updates)
        {
            update.Dispose();
        }
    }
}
