using InfAdmm.Engine;
using InfAdmm.Solvers.Proximal;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Solvers;

/// <summary>
/// ADMM for ‖y − A z‖² + λ R(x) subject to x = z (docs/mathematics.md §1), with any z-solver and proximal operator. All
/// iterates start at zero unless <see cref="Start"/> sets them. A step allocates nothing.
/// </summary>
/// <remarks>
/// Besides the z-update, a step makes one pass over memory, 16 bytes per pixel for an l1 prior (z and q are read, x and
/// q are written): the dual w = q − z is never stored, because the next x-update reads q and z anyway.
/// <see cref="Residuals"/> is another pass of 16 bytes (x, z, the previous z and q are read); its sums include the l1
/// norms for an objective. Fused with the next x-update, both would take one pass of 24 bytes instead of 32, but the
/// loop would then stop one x-update too late or keep two copies of x and q. 8 bytes are a small price for a step that
/// reads like the formula. If the z-solver and the proximal operator allow it, a step is recorded once
/// (<see cref="Device.Record"/>) and launched as a whole. Therefore everything that may change from step to step is on
/// the device: the threshold, the stopping rule and its verdict. z and the previous z are exchanged in each step, so
/// there are two recordings of each step.
/// </remarks>
public sealed class Admm : IDisposable
{
    private readonly Device _device;
    private readonly IProximal _proximal;
    private readonly TensorScope _scope;
    private readonly Tensor[] _z = new Tensor[2];
    private readonly Tensor _q;
    private readonly Tensor _threshold;
    private readonly Tensor _sums;
    private readonly Tensor _rule;
    private readonly Tensor _verdict;
    private readonly Dictionary<IZUpdate, RepeatedSteps> _recorded = [];
    private IZUpdate _normal;
    private float _rho;
    private float _tau;
    private int _current;
    private Tensor? _w;

    /// <summary>Creates the loop.</summary>
    /// <param name="device">The device of all its tensors.</param>
    /// <param name="imageShape">The shape of x, z and w.</param>
    /// <param name="normal">The z-update, created for A, y and ρ. The caller keeps ownership.</param>
    /// <param name="proximal">The x-update. The caller keeps ownership.</param>
    /// <param name="rho">The penalty ρ.</param>
    /// <param name="tau">The weight given to the proximal operator, λ/(2ρ).</param>
    public Admm(Device device, Shape imageShape, IZUpdate normal, IProximal proximal, float rho, float tau)
    {
        _device = device;
        _normal = normal;
        _proximal = proximal;
        _rho = rho;
        _scope = new TensorScope(device);
        X = _scope.Add(device.AllocateZeros(imageShape));
        _z[0] = _scope.Add(device.AllocateZeros(imageShape));
        _z[1] = _scope.Add(device.AllocateZeros(imageShape));
        _q = _scope.Add(device.AllocateZeros(imageShape));
        _threshold = _scope.Allocate(Shape.Scalar);
        _sums = _scope.Allocate(Shape.Vector(Device.IterateSumCount));
        _rule = _scope.Allocate(Shape.Vector(3));
        _verdict = _scope.Allocate(Shape.Scalar);
        Tau = tau;
    }

    /// <summary>The weight given to the proximal operator, λ/(2ρ); it may change between steps.</summary>
    public float Tau
    {
        get => _tau;
        set
        {
            _tau = value;
            _device.Upload([value], _threshold);
        }
    }

    /// <summary>The iterate of the regulariser.</summary>
    public Tensor X { get; }

    /// <summary>The iterate of the data term.</summary>
    public Tensor Z => _z[_current];

    /// <summary>
    /// The scaled dual u / (2ρ), computed as q − z on each access, always into the same tensor.
    /// </summary>
    public Tensor W
    {
        get
        {
            _w ??= _scope.Allocate(X.Shape);
            _device.Combine(1, _q, -1, Z, _w);
            return _w;
        }
    }

    /// <summary>The point q = x + w that the last z-update started from; w is the dual before that update.</summary>
    public Tensor Q => _q;

    /// <summary>The number of steps taken since the last <see cref="Start"/>.</summary>
    public int Iteration { get; private set; }

    /// <summary>The inner iterations of the last z-update; 0 for a solver without an inner loop.</summary>
    public int InnerIterations => _normal.InnerIterations;

    /// <summary>Sets z to a first estimate and w to zero.</summary>
    public void Start(Tensor z)
    {
        _device.Copy(z, Z);
        _device.Copy(z, _q);
        Iteration = 0;
    }

    /// <summary>
    /// Uses another z-update and its ρ from the next step on. The dual u = 2ρw continues: w becomes w ρ_old/ρ_new
    /// (docs/mathematics.md §1). <see cref="Tau"/> is not changed. Recordings are kept for each solver.
    /// </summary>
    /// <param name="normal">The z-update. The caller keeps ownership and must not dispose it before this loop.</param>
    /// <param name="rho">The penalty ρ that it was created for.</param>
    public void Use(IZUpdate normal, float rho)
    {
        if (rho != _rho && Iteration > 0)
        {
            // q = z + w carries the dual to the next step.
            float factor = _rho / rho;
            _device.Combine(factor, _q, 1 - factor, Z, _q);
        }

        UseUnscaled(normal, rho);
    }

    /// <summary>
    /// Like <see cref="Use"/>, but w itself continues and not the dual u. If ρ changes, this is not ADMM for one
    /// problem, but the form of a loop whose ρ were trained so: an unrolled network in the shape of ADMM.
    /// </summary>
    /// <param name="normal">The z-update. The caller keeps ownership and must not dispose it before this loop.</param>
    /// <param name="rho">The penalty ρ that it was created for.</param>
    public void UseUnscaled(IZUpdate normal, float rho)
    {
        _normal = normal;
        _rho = rho;
    }

    /// <summary>Records the step ahead of time; otherwise the first step does.</summary>
    public void Prepare() => Recorded.Plain ??=
        [Repeat(() => Iterate(_z[0], _z[1])), Repeat(() => Iterate(_z[1], _z[0]))];

    /// <summary>
    /// One iteration: v = z − w, x = prox_{λ/(2ρ) R}(v), q = x + w, z = argmin ‖y − A z‖² + ρ‖z − q‖², w = w + x − z
    /// (the paper's (3) to (5)). The last update is w = q − z; it is part of the pass that begins the next step.
    /// </summary>
    public void Step()
    {
        Prepare();
        Advance(Recorded.Plain!);
    }

    /// <summary>
    /// Steps until the stopping rule (<see cref="AdmmResiduals.AreWithin"/>) holds or the number of iterations is
    /// reached. The rule is evaluated on the device, which waits for nothing between two tests.
    /// </summary>
    /// <param name="iterations">The maximum number of steps.</param>
    /// <param name="absolute">
    /// The absolute tolerance ε_abs, per element. With 0 the rule never holds if x is zero.
    /// </param>
    /// <param name="relative">The relative tolerance ε_rel.</param>
    /// <param name="interval">
    /// The rule is tested after every interval-th step and after the last one. A test costs a pass over the iterates, and on a
    /// GPU the time in which it waits for this thread; an interval above 1 saves these, and may take interval − 1 steps more.
    /// </param>
    /// <returns>True if the rule holds after a step; false if it took none.</returns>
    public bool Run(
        int iterations, double absolute = AdmmResiduals.DefaultAbsoluteTolerance, double relative = 1e-4, int interval = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(interval);
        SetRule(absolute, relative);
        Recorded.Judged ??=
            [Repeat(() => IterateAndJudge(_z[0], _z[1])), Repeat(() => IterateAndJudge(_z[1], _z[0]))];
        for (int k = 0; k < iterations; k++)
        {
            if (k % interval != interval - 1 && k < iterations - 1)
            {
                Step();
                continue;
            }

            Advance(Recorded.Judged);
            if (_verdict.ToScalar() == 1)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Measures the last step in one pass over its iterates. Waits for the device.</summary>
    /// <exception cref="InvalidOperationException">No step was taken since the start.</exception>
    public AdmmResiduals Residuals()
    {
        if (Iteration == 0)
        {
            throw new InvalidOperationException("there are no residuals before the first step");
        }

        Span<float> sums = stackalloc float[Device.IterateSumCount];
        _device.IterateSums(X, Z, _z[1 - _current], _q, _sums);
        _device.Download(_sums, sums);
        return AdmmResiduals.FromSums(sums, _rho);
    }

    /// <summary>Frees the recordings and the iterates.</summary>
    public void Dispose()
    {
        foreach (RepeatedSteps steps in _recorded.Values)
        {
            steps.Dispose();
        }

        _scope.Dispose();
    }

    /// <summary>The recorded steps of the current z-update.</summary>
    private RepeatedSteps Recorded
    {
        get
        {
            if (!_recorded.TryGetValue(_normal, out RepeatedSteps? steps))
            {
                steps = new RepeatedSteps();
                _recorded[_normal] = steps;
            }

            return steps;
        }
    }

    private void Iterate(Tensor previous, Tensor z)
    {
        _proximal.Update(previous, _threshold, _q, X);
        _normal.Solve(_q, z);
    }

    private void IterateAndJudge(Tensor previous, Tensor z)
    {
        Iterate(previous, z);
        Judge(previous, z);
    }

    private void Judge(Tensor previous, Tensor z)
    {
        _device.IterateSums(X, z, previous, _q, _sums);
        _device.StoppingTest(_sums, _rule, _verdict);
    }

    private void SetRule(double absolute, double relative) =>
        _device.Upload([_rho, (float)(absolute * Math.Sqrt(X.Shape.Count)), (float)relative], _rule);

    private void Advance(RepeatedStep[] steps)
    {
        steps[_current].Run();
        _current = 1 - _current;
        Iteration++;
    }

    private RepeatedStep Repeat(Action work) =>
        new(work, _normal.IsRecordable && _proximal.IsRecordable ? _device.Record(work) : null);

    /// <summary>
    /// The steps with one z-update: from each of the two z tensors to the other, without and with the stopping rule.
    /// </summary>
    private sealed class RepeatedSteps : IDisposable
    {
        public RepeatedStep[]? Plain { get; set; }

        public RepeatedStep[]? Judged { get; set; }

        public void Dispose()
        {
            foreach (RepeatedStep step in (RepeatedStep[])[.. Plain ?? [], .. Judged ?? []])
            {
                step.Dispose();
            }
        }
    }

    /// <summary>A recorded step, or the same step executed directly.</summary>
    private sealed class RepeatedStep(Action work, Recording? recording) : IDisposable
    {
        public void Run()
        {
            if (recording is null)
            {
                work();
            }
            else
            {
                recording.Launch();
            }
        }

        public void Dispose() => recording?.Dispose();
    }
}
