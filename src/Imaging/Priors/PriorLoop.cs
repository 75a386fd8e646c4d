using InfAdmm.Engine;
using InfAdmm.Solvers;
using InfAdmm.Solvers.Proximal;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Imaging.Priors;

/// <summary>
/// <see cref="Admm"/> with a trained prior under the schedule of its training: ρ and level of each step, and after the
/// last trained step those of it. The image to take is <see cref="Z"/>.
/// </summary>
public sealed class PriorLoop : IDisposable
{
    private readonly PriorWeights _weights;
    private readonly NetworkPrior _prior;
    private readonly IZUpdate[] _normals;
    private readonly Admm _admm;

    /// <summary>Creates the loop; <see cref="Start"/> sets its first estimate.</summary>
    /// <param name="device">Where it runs.</param>
    /// <param name="weights">The trained prior.</param>
    /// <param name="y">The measurement; the caller keeps owning it.</param>
    /// <param name="images">The shape of the images.</param>
    /// <param name="createSolver">Makes the z-update for a ρ; the loop owns it.</param>
    public PriorLoop(
        Device device, PriorWeights weights, Tensor y, Shape images, Func<double, IZUpdate> createSolver)
    {
        _weights = weights;
        _prior = new NetworkPrior(device, weights, y, images);
        _normals = [.. weights.Rho.Select(createSolver)];
        _admm = new Admm(
            device, images, _normals[0], _prior, (float)weights.RhoOf(0), (float)weights.LevelOf(0));
    }

    /// <summary>The count of steps taken.</summary>
    public int Iteration => _admm.Iteration;

    /// <summary>The iterate of the prior.</summary>
    public Tensor X => _admm.X;

    /// <summary>The iterate of the data term: the restored image.</summary>
    public Tensor Z => _admm.Z;

    /// <summary>Sets z to a first estimate and w to zero. New values in y are taken up.</summary>
    public void Start(Tensor z)
    {
        foreach (IZUpdate normal in _normals)
        {
            normal.MeasurementChanged();
        }

        _admm.Start(z);
    }

    /// <summary>One iteration.</summary>
    public void Step()
    {
        int k = _admm.Iteration;
        if (k < _normals.Length)
        {
            _admm.Use(_normals[k], (float)_weights.RhoOf(k));
            _admm.Tau = (float)_weights.LevelOf(k);
        }

        _admm.Step();
    }

    /// <summary>How far the last step is from a fixed point.</summary>
    public AdmmResiduals Residuals() => _admm.Residuals();

    /// <summary>Frees everything.</summary>
    public void Dispose()
    {
        _admm.Dispose();
        _prior.Dispose();
        foreach (IZUpdate normal in _normals)
        {
            normal.Dispose();
        }
    }
}
