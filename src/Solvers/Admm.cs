using InfAdmm.Engine;
using InfAdmm.Solvers.Normal;
using InfAdmm.Solvers.Proximal;

namespace InfAdmm.Solvers;

/// <summary>
/// ADMM for ‖y − A z‖² + λ R(x) subject to x = z (MATH.md §1), with any z-solver and proximal operator. All iterates
/// start at zero unless <see cref="Start"/> sets them. A step allocates nothing.
/// </summary>
/// <remarks>
/// Beside the z-update, a step passes over memory once, with 16 bytes a pixel for an l1 prior (z and q read, x and q
/// written): the dual w = q − z is never stored, since the next x-update reads q and z anyway. <see cref="Residuals"/>
/// is one more pass of 16 bytes (x, z, the last z and q read), with the l1 norms for an objective among its sums. Were
/// it fused with the next x-update, the two would take one pass of 24 bytes and not 32, but the loop would stop one
/// x-update too late, or keep x and q twice; a step that reads like the formula is worth the 8 bytes.
/// </remarks>
public sealed class Admm : IDisposable
{
    private readonly Device _device;
    private readonly INormalSolver _normal;
    private readonly IProximal _proximal;
    private readonly TensorScope _scope;
    private readonly Tensor _q;
    private readonly Tensor _sums;
    private readonly float _rho;
    private readonly float _tau;
    private Tensor _z;
    private Tensor _previousZ;
    private Tensor? _w;

    /// <summary>Creates the loop.</summary>
    /// <param name="device">Where it runs.</param>
    /// <param name="imageShape">The shape of x, z and w.</param>
    /// <param name="normal">The z-update, which knows A, y and ρ. The caller keeps owning it.</param>
    /// <param name="proximal">The x-update.</param>
    /// <param name="rho">The penalty ρ.</param>
    /// <param name="tau">The weight given to the proximal operator, λ/(2ρ).</param>
    public Admm(Device device, Shape imageShape, INormalSolver normal, IProximal proximal, float rho, float tau)
    {
        _device = device;
        _normal = normal;
        _proximal = proximal;
        _rho = rho;
        _tau = tau;
        _scope = new TensorScope(device);
        X = _scope.Add(device.AllocateZeros(imageShape));
        _z = _scope.Add(device.AllocateZeros(imageShape));
        _previousZ = _scope.Add(device.AllocateZeros(imageShape));
        _q = _scope.Add(device.AllocateZeros(imageShape));
        _sums = _scope.Allocate(Shape.Vector(Device.IterateSumCount));
    }

    /// <summary>The iterate of the regulariser.</summary>
    public Tensor X { get; }

    /// <summary>The iterate of the data term.</summary>
    public Tensor Z => _z;

    /// <summary>
    /// The scaled dual, u / (2ρ), computed as q − z when asked for, into a tensor that stays the same and is made then.
    /// </summary>
    public Tensor W
    {
        get
        {
            _w ??= _scope.Allocate(X.Shape);
            _device.Combine(1, _q, -1, _z, _w);
            return _w;
        }
    }

    /// <summary>The point x + w, w the dual before the last step, that the last z-update started from.</summary>
    public Tensor Q => _q;

    /// <summary>The count of steps taken.</summary>
    public int Iteration { get; private set; }

    /// <summary>Sets z to a first estimate and w to zero.</summary>
    public void Start(Tensor z)
    {
        _device.Copy(z, _z);
        _device.Copy(z, _q);
        Iteration = 0;
    }

    /// <summary>
    /// One iteration: v = z − w, x = prox_{λ/(2ρ) R}(v), q = x + w, z = argmin ‖y − A z‖² + ρ‖z − q‖², w = w + x − z
    /// (the paper's (3) to (5)). The last is w = q − z, and taken by the pass that opens the next step.
    /// </summary>
    /// <returns>The inner iterations of the z-solver, 0 for one that has none.</returns>
    public int Step()
    {
        (_z, _previousZ) = (_previousZ, _z);
        _proximal.Update(_previousZ, _tau, _q, X);
        int inner = _normal.Solve(_q, _z);
        Iteration++;
        return inner;
    }

    /// <summary>Steps until Boyd's rule holds (§3.3) or the count of iterations is reached.</summary>
    /// <param name="iterations">The most steps to take.</param>
    /// <param name="absolute">ε_abs, for each element.</param>
    /// <param name="relative">ε_rel.</param>
    /// <returns>True if the rule was met.</returns>
    public bool Run(int iterations, double absolute = 0, double relative = 1e-4)
    {
        for (int k = 0; k < iterations; k++)
        {
            Step();
            if (IsConverged(absolute, relative))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Primal ≤ ε_abs √n + ε_rel max(‖x‖, ‖z‖) and dual ≤ ε_abs √n + ε_rel ‖2ρ w‖.</summary>
    public bool IsConverged(double absolute, double relative)
    {
        AdmmResiduals residuals = Residuals();
        double floor = absolute * Math.Sqrt(X.Shape.Count);
        return residuals.Primal <= floor + relative * residuals.PrimalScale
            && residuals.Dual <= floor + relative * residuals.DualScale;
    }

    /// <summary>Measures the last step in one pass over its iterates, waiting for the device.</summary>
    public AdmmResiduals Residuals()
    {
        Span<float> sums = stackalloc float[Device.IterateSumCount];
        _device.IterateSums(X, _z, _previousZ, _q, _sums);
        _device.Download(_sums, sums);
        return AdmmResiduals.FromSums(sums, _rho);
    }

    /// <summary>Frees the iterates.</summary>
    public void Dispose() => _scope.Dispose();
}
