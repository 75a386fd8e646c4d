using System.Collections.Concurrent;
using System.Diagnostics;
using System.Numerics.Tensors;
using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.Proximal;
using InfAdmm.Solvers.ZUpdate;
using MathNet.Numerics.Statistics;
using Tensor = InfAdmm.Engine.Tensor;

namespace InfAdmm.Solvers;

/// <summary>What a z-solver costs on a problem.</summary>
/// <param name="Setting">The solver, and the options that it was measured with.</param>
/// <param name="Reason">Why it does not apply; null if it applies. All costs are null then.</param>
/// <param name="SetupSeconds">The time to create it, in seconds.</param>
/// <param name="SecondsPerIteration">
/// The mean time of an ADMM iteration, in seconds; those after the measured ones take as long as the last of them.
/// </param>
/// <param name="InnerIterations">The median of its inner iterations; null without an inner loop.</param>
/// <param name="ZRelativeError">
/// The largest ‖z − z_exact‖ / max(‖z_exact‖, ‖q‖) over the measured iterations, with z_exact of the most accurate
/// solver in single precision, or the certified bound on it if that solver takes too long; null if neither is known.
/// </param>
/// <param name="IsPredicted">
/// Whether costs come from the cost model, because measuring them would take too long.
/// </param>
public sealed record SolverCost(
    SolverSetting Setting, string? Reason, double? SetupSeconds = null, double? SecondsPerIteration = null,
    double? InnerIterations = null, double? ZRelativeError = null, bool IsPredicted = false)
{
    /// <summary>The solver.</summary>
    public ZSolver Solver => Setting.Solver;

    /// <summary>The time of a number of iterations, set-up included, in seconds.</summary>
    public double? Total(int iterations) => SetupSeconds + iterations * SecondsPerIteration;
}

/// <summary>
/// Measures every z-solver that applies to a problem within a time limit, each with the loosest tolerance of its inner
/// loop, or the fewest refinement steps, that is accurate enough, and chooses one (<c>auto</c>): the shortest time for all
/// iterations, set-up included; of the solvers within timing noise of that, the most direct.
/// </summary>
/// <remarks>
/// A short ADMM run with the most accurate solver gives a sequence of q. Each solver is tried on the same sequence, so
/// that it starts from its last solution as in a real run; those that are nearly as fast as the fastest are then timed in
/// runs of their own, because inner loops get shorter as ADMM converges. Inner loops are limited to their share of the
/// time; one that does not end within it is predicted, from the rate at which its residual fell, or from the bound of
/// ½√κ ln(2/ε) iterations of conjugate gradients (½κ ln(2/ε) of gradient descent) for the condition number κ of ρI + A Aᵀ
/// and a relative residual ε. A set-up that takes longer than its share is predicted before it is tried, from the number of
/// products with A, or the rate of a small Cholesky factorisation. A problem that is too large, or too ill-conditioned, for a
/// few exact iterations within a quarter of the time is measured on the middle of the image
/// (<see cref="MeasuredShape"/>); all costs are then predicted: the measured ones times the ratio of a product with A and Aᵀ.
/// </remarks>
public sealed class SolverSelection : IDisposable
{
    /// <summary>The time limit of a selection, in seconds.</summary>
    public const double UsualBudget = 3;

    /// <summary>The relative error of z that is accurate enough.</summary>
    public const double UsualTolerance = 1e-4;

    private const int MostRecorded = 16;
    private const long MostRecordedValues = 1L << 27;
    private const int LeastRecorded = 3;
    private const double ReferenceShare = 0.25;
    private const double RecordingShare = 0.4;
    private const double FirstShare = 0.1;
    private const double SectionShare = 0.8;
    private const double LargeProduct = 0.005;
    private const double LargeProductOfLoop = 0.002;
    private const double SectionProduct = 1e-4;
    private const double LeastTolerance = 1e-7;
    private const double ClockNoise = 1.05;
    private const double SafeStep = 1.5;
    private const double SafeError = 0.98;
    private const int Passes = 3;
    private const double SearchShare = 0.75;
    private const double MeasuringShare = 0.4;
    private const double SecondsPerProductOfEntries = 2.5e-9;
    private const double RaceFactor = 1.6;
    private const double HopelessFactor = 3;
    private const double HopelessShare = 0.25;
    private const double LeastShare = 0.1;
    private const double LongestUpdate = 0.1;
    private const int LeastPowerIterations = 4;
    private const int LeastProducts = 5;
    private const int SampleFactor = 512;
    private const double BytesPerSecond = 8e9;
    private const double MultiplicationsPerSecond = 1e10;
    private const double LongestProduct = 0.1;
    private static readonly ConcurrentDictionary<string, SolverSetting> Chosen = new();

    private readonly ZSolverContext _context;
    private readonly double _tolerance;
    private readonly bool _fitsSettings;
    private readonly double _budget;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly List<Recorded> _recorded = [];
    private readonly IProximal _proximal;
    private readonly float _tau;
    private readonly double _productSeconds;
    private readonly double _otherSeconds;
    private readonly ProblemSection? _section;
    private readonly SolverSelection? _onSection;
    private float[]? _solution;
    private bool _isAccurate = true;
    private double _leastSeconds = double.PositiveInfinity;

    // The tightest tolerance that an inner loop needed so far. Those that are predicted are assumed to need it too.
    private float? _neededTolerance;

    /// <summary>
    /// Measures the products with A and records the sequence of q. Dispose the selection before the operator.
    /// </summary>
    /// <param name="context">
    /// The problem. No inner loop gets a tighter tolerance than this one's; its token also stops the measurements.
    /// </param>
    /// <param name="proximal">
    /// The x-update of the run, also for images smaller than those of the problem. The caller keeps ownership, and
    /// disposes it after the measurements.
    /// </param>
    /// <param name="tau">Its weight, λ/(2ρ).</param>
    /// <param name="tolerance">The relative error of z that is accurate enough.</param>
    /// <param name="fitsSettings">
    /// Whether tolerances of inner loops and refinement steps are chosen; otherwise those of the context are used.
    /// </param>
    /// <param name="budget">The time limit, in seconds.</param>
    public SolverSelection(
        ZSolverContext context, IProximal proximal, float tau, double tolerance = UsualTolerance,
        bool fitsSettings = true, double budget = UsualBudget)
        : this(context, proximal, tau, tolerance, fitsSettings, budget, mayUseSection: true)
    {
    }

    private SolverSelection(
        ZSolverContext context, IProximal proximal, float tau, double tolerance, bool fitsSettings, double budget,
        bool mayUseSection)
    {
        _context = context;
        _tolerance = tolerance;
        _fitsSettings = fitsSettings;
        _budget = budget;
        _proximal = proximal;
        _tau = tau;
        MeasuredShape = context.Operator.ImageShape;
        if (mayUseSection && LongProduct() is var seconds and > 0 && (_section = CreateSection(seconds)) is { } small)
        {
            // Even one product of the whole problem would take too long.
            _onSection = On(small);
            long pixels = small.Context.Operator.ImageShape.Count;
            _productSeconds = _onSection._productSeconds * context.Operator.ImageShape.Count / pixels;
            MeasuredShape = _onSection.MeasuredShape;
            Bounds = _onSection.Bounds with { IsExact = false };
            return;
        }

        _productSeconds = ProductSeconds();

        // Without an exact inverse, each update is a loop of many products.
        double largest = context.Operator.Gram is UnstructuredGram ? LargeProductOfLoop : LargeProduct;
        bool isLarge = mayUseSection && _productSeconds > largest * budget;
        if (isLarge && (_section = CreateSection(_productSeconds)) is { } part)
        {
            _onSection = On(part);
            MeasuredShape = _onSection.MeasuredShape;
            Bounds = _onSection.Bounds with { IsExact = false };
            return;
        }

        int iterations = (int)Math.Clamp(
            0.1 * budget / _productSeconds, LeastPowerIterations, GramBounds.UsualPowerIterations);
        Bounds = GramBounds.Of(context.Operator, iterations, Cancellation);
        _otherSeconds = Record(mayUseSection ? FirstShare : ReferenceShare);
        bool isHard = !_isAccurate || _recorded.Count < LeastRecorded;
        if (mayUseSection && isHard)
        {
            if ((_section = CreateSection(_productSeconds)) is { } middle)
            {
                _onSection = On(middle);
                MeasuredShape = _onSection.MeasuredShape;
            }
            else if (!_isAccurate)
            {
                _isAccurate = true;
                _recorded.Clear();
                _otherSeconds = Record(ReferenceShare);
            }
        }
    }

    /// <summary>The shape of the images that the solvers are measured on: smaller than x if all costs are predicted.</summary>
    public Shape MeasuredShape { get; }

    /// <summary>The smallest and the largest eigenvalue of A Aᵀ.</summary>
    public GramBounds Bounds { get; }

    /// <summary>(ρ + Γ_max) / (ρ + Γ_min).</summary>
    public double Condition => (_context.Rho + Bounds.Largest) / (_context.Rho + Bounds.Smallest);

    private CancellationToken Cancellation => _context.InnerLoop.Cancellation;

    /// <summary>
    /// Chooses a solver for a problem. Where A Aᵀ has a structure that gives the exact inverse at once, nothing is
    /// measured; otherwise the choice is kept for the operator, the size, ρ and the device.
    /// </summary>
    /// <param name="context">The problem. No inner loop gets a tighter tolerance than this one's.</param>
    /// <param name="iterations">The number of ADMM iterations that the choice is for.</param>
    /// <param name="tolerance">The relative error of z that is accurate enough.</param>
    /// <param name="fitsSettings">
    /// Whether tolerances of inner loops and refinement steps are chosen; otherwise those of the context are used.
    /// </param>
    /// <param name="proximal">The x-update of the run; null for x = v. The caller keeps ownership.</param>
    /// <param name="tau">Its weight, λ/(2ρ).</param>
    public static SolverSetting Choose(
        ZSolverContext context, int iterations, double tolerance = UsualTolerance, bool fitsSettings = true,
        IProximal? proximal = null, float tau = 0)
    {
        ILinearOperator a = context.Operator;
        var exact = new SolverSetting(ZSolvers.CheapestExact(a), context);
        if (a.Gram is not UnstructuredGram || a.Local is null)
        {
            return exact;
        }

        string key = FormattableString.Invariant(
            $"{a.Device.Name}/{a.Device.Threads}/{Key(a.Local)}/{a.ImageShape}/{context.Rho:R}/{iterations}/") +
            FormattableString.Invariant(
                $"{tolerance:R}/{fitsSettings}/{context.InnerLoop}/{context.Refinements}/") +
            FormattableString.Invariant($"{context.FindFilters()?.Source}/{context.GuardTolerance}/{proximal?.GetType()}/{tau:R}");
        return Chosen.GetOrAdd(key, _ =>
        {
            using var selection = new SolverSelection(
                context, proximal ?? new Unchanged(), tau, tolerance, fitsSettings);
            IReadOnlyList<SolverCost> costs = selection.Measure(iterations, cancellation: context.InnerLoop.Cancellation);
            return Best(costs, iterations, tolerance)?.Setting ?? exact;
        });
    }

    /// <summary>
    /// The solver to choose; null if none is accurate enough. One whose error is not known, because only its costs are
    /// predicted, is chosen if no other is accurate.
    /// </summary>
    /// <param name="costs">The measured costs, from the most direct solver to the least direct one.</param>
    /// <param name="iterations">The number of iterations that the choice is for.</param>
    /// <param name="tolerance">The relative error of z that is accurate enough.</param>
    public static SolverCost? Best(IReadOnlyList<SolverCost> costs, int iterations, double tolerance)
    {
        SolverCost[] accurate = Accurate(costs, tolerance);
        double? least = accurate.Min(cost => cost.Total(iterations));
        return accurate.FirstOrDefault(cost => cost.Total(iterations) <= ClockNoise * least);
    }

    /// <summary>Measures or predicts every solver of <see cref="ZSolvers.All"/>.</summary>
    /// <param name="iterations">The number of iterations to choose for; no solver is measured for longer.</param>
    /// <param name="progress">Called with the fraction done and the name of the next solver.</param>
    /// <param name="cancellation">Stops between two solvers.</param>
    public IReadOnlyList<SolverCost> Measure(
        int iterations, Action<double, string>? progress = null, CancellationToken cancellation = default)
    {
        if (_onSection is not null)
        {
            return Scaled(_onSection, _onSection.Measure(iterations, progress, cancellation));
        }

        SolverCost[] costs =
        [
            .. ZSolvers.All.Select(
                solver => new SolverCost(new SolverSetting(solver, _context), solver.WhyNot(_context))),
        ];

        // Plain inner loops last: most of them are soon seen to be much slower than the others.
        int[] order =
        [
            .. Enumerable.Range(0, costs.Length).Where(i => costs[i].Reason is null).OrderBy(i => IsPlain(costs[i].Solver)),
        ];

        // Even if the preparations took longer than expected, there is time to measure.
        double end = Math.Max(SearchShare * _budget, _clock.Elapsed.TotalSeconds + MeasuringShare * _budget);
        for (int done = 0; done < order.Length; done++)
        {
            cancellation.ThrowIfCancellationRequested();
            ZSolver solver = costs[order[done]].Solver;
            progress?.Invoke((double)done / order.Length, solver.Name);
            double left = Math.Max(end - _clock.Elapsed.TotalSeconds, 0);
            double share = left / (order.Length - done);
            SolverCost cost = Predicted(solver, share) ?? Measured(solver, Math.Max(share, 0.02 * _budget), iterations);
            costs[order[done]] = cost;
            if (cost.ZRelativeError <= _tolerance)
            {
                _leastSeconds = Math.Min(_leastSeconds, cost.SecondsPerIteration!.Value);
                _neededTolerance = solver.HasInnerLoop && solver is not ImageGridSolver
                    ? Math.Min(_neededTolerance ?? 1, cost.Setting.InnerLoop.Tolerance)
                    : _neededTolerance;
            }
        }

        Race(costs, iterations);
        return costs;
    }

    /// <summary>Frees the section of the problem, if one was measured.</summary>
    public void Dispose()
    {
        _onSection?.Dispose();
        _section?.Dispose();
    }

    private ProblemSection? CreateSection(double productSeconds) =>
        ProblemSection.Of(_context, SectionProduct * _budget / productSeconds);

    /// <summary>About the time of a product, from its multiplications; 0 if it is short, or not known.</summary>
    private double LongProduct()
    {
        if (_context.Operator.Local is not { } model)
        {
            return 0;
        }

        double taps = (double)model.Field.KernelHeight * model.Field.KernelWidth;
        double seconds = taps * _context.Operator.MeasurementShape.Count / MultiplicationsPerSecond;
        return seconds > LongestProduct * _budget ? seconds : 0;
    }

    private SolverSelection On(ProblemSection section) => new(
        section.Context, _proximal, _tau, _tolerance, _fitsSettings,
        SectionShare * _budget, mayUseSection: false);

    /// <summary>The costs on the section, times the ratio of a product with A and Aᵀ.</summary>
    private SolverCost[] Scaled(SolverSelection section, IReadOnlyList<SolverCost> costs)
    {
        double ratio = _productSeconds / section._productSeconds;
        return [.. costs.Select(Scale)];

        SolverCost Scale(SolverCost cost)
        {
            ZSolver solver = cost.Solver;
            if (solver.WhyNot(_context) is { } reason)
            {
                return new SolverCost(new SolverSetting(solver, _context), reason);
            }

            // Its time is not proportional to the pixels, and a solver that applies to the large image alone has no cost.
            return solver == CholeskyInverse.Solver || cost.Reason is not null
                ? Predicted(solver, share: 0) ?? Guess(solver, 0, 2 * _productSeconds, null)
                : cost with
                {
                    SetupSeconds = ratio * cost.SetupSeconds,
                    SecondsPerIteration = ratio * cost.SecondsPerIteration,
                    IsPredicted = true,
                };
        }
    }

    private static bool IsPlain(ZSolver solver) =>
        solver.HasInnerLoop && solver is not (LocalSolver or CirculantPreconditioner);

    /// <summary>
    /// Times runs with the solvers that are nearly as fast as the fastest, in turns; whole ones if there is time for them.
    /// </summary>
    private void Race(SolverCost[] costs, int iterations)
    {
        SolverCost[] accurate = Accurate(costs, _tolerance);
        double? least = accurate.Min(cost => cost.Total(iterations));
        int[] near =
        [
            .. Enumerable.Range(0, costs.Length).Where(
                i => accurate.Contains(costs[i]) && costs[i].Total(iterations) <= RaceFactor * least),
        ];
        double once = near.Sum(i => costs[i].Total(iterations)!.Value);
        int length = (int)Math.Min(iterations, iterations * (_budget - _clock.Elapsed.TotalSeconds) / once);
        if (near.Length < 2 || near.Any(i => costs[i].IsPredicted) || length < Math.Min(iterations, _recorded.Count))
        {
            return;
        }

        for (int pass = 0; pass < Passes && (pass == 0 || _clock.Elapsed.TotalSeconds + once < _budget); pass++)
        {
            foreach (int i in near)
            {
                SolverCost run = Run(costs[i], length);
                costs[i] = pass == 0 || run.Total(iterations) < costs[i].Total(iterations) ? run : costs[i];
            }
        }
    }

    private SolverCost Run(SolverCost cost, int iterations)
    {
        Device device = _context.Operator.Device;
        long created = Stopwatch.GetTimestamp();
        using IZUpdate update = cost.Solver.Create(cost.Setting.Of(_context));
        device.Synchronize();
        double setup = Stopwatch.GetElapsedTime(created).TotalSeconds;
        using var admm = new Admm(device, _context.Operator.ImageShape, update, _proximal, (float)_context.Rho, _tau);
        long start = Stopwatch.GetTimestamp();
        for (int k = 0; k < iterations; k++)
        {
            admm.Step();
        }

        device.Synchronize();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return cost with { SetupSeconds = setup, SecondsPerIteration = seconds / iterations };
    }

    /// <summary>
    /// The solvers with an accurate z, if only by construction. If there are none, those with an inner loop and predicted costs:
    /// they reach their tolerance, but what error it leaves is not known.
    /// </summary>
    private static SolverCost[] Accurate(IReadOnlyList<SolverCost> costs, double tolerance)
    {
        SolverCost[] known =
        [
            .. costs.Where(cost => cost.ZRelativeError <= tolerance
                || (cost is { Reason: null, ZRelativeError: null } && cost.Solver == CholeskyInverse.Solver)),
        ];
        return known.Length > 0
            ? known
            : [.. costs.Where(cost => cost is { IsPredicted: true, ZRelativeError: null, Solver.HasInnerLoop: true }
                && !(cost.InnerIterations > cost.Setting.InnerLoop.MaxIterations))];
    }

    private static string Key(LocalModel model)
    {
        var hash = new HashCode();
        foreach (BlurKernel kernel in model.Field.Kernels)
        {
            foreach (double value in kernel.Values)
            {
                hash.Add(value);
            }
        }

        foreach (bool kept in model.Mask is { } mask ? mask.Kept : [])
        {
            hash.Add(kept);
        }

        BlurKernel first = model.Field.Kernels[0];
        return $"{hash.ToHashCode()}/{first.Height}x{first.Width}/{model.Field.Rows}/{model.Stride}/{model.Boundary}";
    }

    /// <summary>The cost from the model, for a solver that would not get far within its share; otherwise null.</summary>
    private SolverCost? Predicted(ZSolver solver, double share)
    {
        double products = solver.SetupProducts(_context) * _productSeconds;
        if (solver == CholeskyInverse.Solver)
        {
            double size = _context.Operator.GramBlock.Count;
            double factor = Math.Pow(size / SampleFactor, 3) * SampleSeconds();
            double assembly = AssemblySeconds(size);
            double blocks = _context.Operator.MeasurementShape.Count / size;
            double substitutions = 2 * blocks * size * size * sizeof(float) / BytesPerSecond;
            return factor + assembly <= share
                ? null
                : Guess(solver, factor + assembly, _productSeconds + substitutions, null);
        }

        if (solver.HasInnerLoop && products + LeastProducts * _productSeconds > share)
        {
            double needed = BoundOnIterations(solver);
            return Guess(solver, products, (needed + 1) * _productSeconds, needed);
        }

        return products <= share ? null : Guess(solver, products, 2 * _productSeconds, null);
    }

    /// <summary>The tolerance for predicted costs; residuals on the image grid are others than those on the measurement grid.</summary>
    private float ToleranceOf(ZSolver solver) =>
        solver is ImageGridSolver ? _context.InnerLoop.Tolerance : _neededTolerance ?? _context.InnerLoop.Tolerance;

    private SolverCost Guess(ZSolver solver, double setup, double update, double? inner)
    {
        var setting = new SolverSetting(solver, _context);
        setting = setting with { InnerLoop = setting.InnerLoop with { Tolerance = ToleranceOf(solver) } };
        return new SolverCost(setting, null, setup, update + _otherSeconds, inner, null, IsPredicted: true);
    }

    /// <summary>The time to compute A Aᵀ as a matrix: from the rows of A, or column by column.</summary>
    private double AssemblySeconds(double size)
    {
        ILinearOperator a = _context.Operator;
        if (a.Gram.Kernel is not null)
        {
            return 0;
        }

        // Each entry of a row meets the entries of all rows that have the same pixel.
        return a is IMatrixRows rows && a.Local is { } model
            ? SecondsPerProductOfEntries * size * Math.Pow((double)rows.MostEntries / model.Stride, 2)
            : size * _productSeconds / 16;
    }

    private double SampleSeconds()
    {
        double[] matrix = new double[SampleFactor * SampleFactor];
        for (int i = 0; i < SampleFactor; i++)
        {
            matrix[i * SampleFactor + i] = 1;
        }

        double seconds = 0;
        for (int round = 0; round < 3; round++)
        {
            // The factor of the identity is the identity, so the matrix can be used again.
            long start = Stopwatch.GetTimestamp();
            BlockedCholesky.Factor(matrix, SampleFactor, _context.Operator.Device.Threads);
            seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        return seconds;
    }

    /// <summary>
    /// The cost with the least accurate setting that is accurate enough, or with the most accurate one if none is. The
    /// search begins at the first one whose relative residual is within the tolerance, goes on where its error would be as
    /// large as the tolerance if both were proportional, and ends when its time is over.
    /// </summary>
    private SolverCost Measured(ZSolver solver, double share, int iterations)
    {
        CompileCode(solver);
        var clock = Stopwatch.StartNew();
        bool canBound = GramBounds.UsualPowerIterations * _productSeconds < share;
        IReadOnlyList<SolverSetting> settings = _fitsSettings && (_isAccurate || canBound)
            ? SolverSetting.LeastAccurateFirst(solver, _context)
            : [new SolverSetting(solver, _context)];
        double limit = SafeError * _tolerance;
        int tooLoose = -1;
        int accurate = settings.Count;
        SolverCost? best = null;
        int at = AtTolerance(_tolerance);
        while (settings.Count > 1 && tooLoose + 1 < accurate && (HasTime() || IsUnknown()))
        {
            at = Math.Clamp(at, tooLoose + 1, accurate - 1);
            SolverCost trial = MeasuredAt(settings[at], share, iterations, canBound, limit);
            if (trial.IsPredicted)
            {
                return best ?? trial;
            }

            if (trial.ZRelativeError is not { } error)
            {
                break;
            }

            if (error <= limit)
            {
                best = trial;
                accurate = at;
            }
            else
            {
                tooLoose = at;
                bool isSlow = trial.SecondsPerIteration > HopelessFactor * _leastSeconds;
                if (best is null && isSlow && clock.Elapsed.TotalSeconds > HopelessShare * share)
                {
                    // A more accurate setting is slower still.
                    return trial;
                }
            }

            at = solver.HasInnerLoop
                ? AtTolerance(settings[at].InnerLoop.Tolerance * limit / error)
                : at + (error <= limit ? -1 : 1);
        }

        return best ?? MeasuredAt(settings[^1], share, iterations, canBound, double.PositiveInfinity);

        bool HasTime() => clock.Elapsed.TotalSeconds < share;

        // The most accurate setting of an inner loop takes longer than the next trial, and may be much too accurate.
        bool IsUnknown() => best is null && (solver.HasInnerLoop || tooLoose < 0);

        int AtTolerance(double tolerance) =>
            solver.HasInnerLoop ? settings.Count(setting => setting.InnerLoop.Tolerance > SafeStep * tolerance) : 0;
    }

    /// <summary>Runs a solver for one inner iteration, so that its code is compiled before it is timed.</summary>
    private void CompileCode(ZSolver solver)
    {
        Device device = _context.Operator.Device;
        using Tensor q = device.Allocate(_context.Operator.ImageShape, _recorded[0].Q);
        using Tensor z = device.Allocate(_context.Operator.ImageShape);
        using IZUpdate update = solver.Create(
            _context with { InnerLoop = _context.InnerLoop with { MaxIterations = 1 } });
        update.Solve(q, z);
        _ = update.BoundError(q, z);
    }

    /// <summary>The cost with one setting; ends as soon as an error is above the limit.</summary>
    private SolverCost MeasuredAt(
        SolverSetting setting, double share, int iterations, bool canBound, double errorLimit)
    {
        Device device = _context.Operator.Device;
        ZSolver solver = setting.Solver;
        double longest = Math.Max(share, LongestUpdate * (_budget - _clock.Elapsed.TotalSeconds));
        int most = (int)Math.Clamp(longest / (2 * _productSeconds), 2, _context.InnerLoop.MaxIterations);
        ZSolverContext limited = setting.Of(_context);
        limited = limited with { InnerLoop = limited.InnerLoop with { MaxIterations = most } };
        long created = Stopwatch.GetTimestamp();
        using IZUpdate update = solver.Create(limited);
        device.Synchronize();
        double setup = Stopwatch.GetElapsedTime(created).TotalSeconds;
        using Tensor q = device.Allocate(_context.Operator.ImageShape);
        using Tensor z = device.Allocate(_context.Operator.ImageShape);
        var seconds = new List<double>();
        var counts = new List<double>();
        double? error = 0;
        double used = 0;
        foreach (Recorded recorded in _recorded.Take(iterations))
        {
            device.Upload(recorded.Q, q);
            long start = Stopwatch.GetTimestamp();
            update.Solve(q, z);
            device.Synchronize();
            seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            used += seconds[^1];
            counts.Add(update.InnerIterations);
            double? last = _isAccurate
                ? recorded.RelativeError(Values(z))
                : canBound ? update.BoundError(q, z)?.Relative : null;
            error = error is null || last is null ? null : Math.Max(error.Value, last.Value);
            bool isHopeless =
                used > LeastShare * share && used > HopelessFactor * _leastSeconds * (seconds.Count + 1);
            if (Stopwatch.GetElapsedTime(created).TotalSeconds - setup > share || error > errorLimit || isHopeless)
            {
                break;
            }
        }

        bool isCutOff = solver.HasInnerLoop && counts.Max() >= most && most < _context.InnerLoop.MaxIterations;
        // Inner loops get shorter as ADMM settles: the last ones stand for all that follow.
        double inner = counts.Skip(counts.Count / 2).Median();
        double settled = seconds.Skip(3 * seconds.Count / 4).Average();
        if (isCutOff)
        {
            double needed = IterationsNeeded(solver, q, z, inner);
            return Guess(solver, setup, needed * settled / Math.Max(inner, 1), needed);
        }

        double mean = (seconds.Sum() + (iterations - seconds.Count) * settled) / iterations;
        return new SolverCost(setting, null, setup, mean + _otherSeconds, solver.HasInnerLoop ? inner : null, error);
    }

    private float[] Values(Tensor z)
    {
        _solution ??= new float[z.Count];
        z.Device.Download(z, _solution);
        return _solution;
    }

    /// <summary>
    /// The iterations to the tolerance: for preconditioned ones at the rate at which the residual fell in those that
    /// were made, for others from the bound.
    /// </summary>
    private double IterationsNeeded(ZSolver solver, Tensor q, Tensor z, double made)
    {
        double bound = BoundOnIterations(solver);
        if (solver is not (LocalSolver or CirculantPreconditioner))
        {
            return bound;
        }

        using var residual = new NormalResidual(_context.Operator, _context.Y, _context.Rho);
        double reached = residual.Relative(q, z);
        return reached is > 0 and < 1
            ? Math.Min(bound, made * Math.Max(Math.Log(ToleranceOf(solver)) / Math.Log(reached), 1))
            : bound;
    }

    /// <summary>The bound on the inner iterations from the condition number.</summary>
    private double BoundOnIterations(ZSolver solver)
    {
        double digits = Math.Log(2 / ToleranceOf(solver));
        return solver == GradientDescentUpdate.Solver ? Condition / 2 * digits : Math.Sqrt(Condition) / 2 * digits;
    }

    /// <summary>The time of one A and one Aᵀ, in seconds.</summary>
    private double ProductSeconds()
    {
        ILinearOperator a = _context.Operator;
        using Tensor image = a.Device.Allocate(a.ImageShape);
        using Tensor measured = a.Device.AllocateZeros(a.MeasurementShape);
        double best = double.PositiveInfinity;
        for (int round = 0; round < 3 && (round == 0 || best < 0.02 * _budget); round++)
        {
            Cancellation.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            a.Adjoint(measured, image);
            a.Apply(image, measured);
            a.Device.Synchronize();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    /// <summary>
    /// The solver of the recorded run. The better its preconditioner, the more iterations are recorded, and the more time is
    /// left for the others; all of them stop at the same residual.
    /// </summary>
    private ZSolver Reference() => _context.Operator.Gram is UnstructuredGram
        && LocalSolver.LearnedPreconditioner.WhyNot(_context) is null
            ? LocalSolver.LearnedPreconditioner
            : ZSolvers.CheapestExact(_context.Operator);

    /// <summary>Runs ADMM with an exact solver; returns the time of the rest of an iteration.</summary>
    /// <param name="longest">The fraction of the time that a z-update may take. The first one that takes longer ends the run.</param>
    private double Record(double longest)
    {
        ILinearOperator a = _context.Operator;
        ZSolverContext accurate = _context with
        {
            Update = UpdateForm.Residual,
            GuardTolerance = null,
            InnerLoop = new InnerLoopSpec(
                (float)Math.Clamp(_tolerance / 300, LeastTolerance, InnerLoopSpec.Default.Tolerance / 3),
                (int)Math.Clamp(longest * _budget / _productSeconds, 1, InnerLoopSpec.Default.MaxIterations))
            {
                Cancellation = Cancellation,
            },
        };
        using IZUpdate exact = Reference().Create(accurate);
        using var update = new Clocked(exact);
        int limit = accurate.InnerLoop.MaxIterations;
        using var admm = new Admm(a.Device, a.ImageShape, update, _proximal, (float)_context.Rho, _tau);
        long start = Stopwatch.GetTimestamp();
        double whole = double.PositiveInfinity;
        long most = Math.Clamp(MostRecordedValues / (2L * a.ImageShape.Count), LeastRecorded, MostRecorded);
        for (int k = 0; k < most; k++)
        {
            long step = Stopwatch.GetTimestamp();
            admm.Step();
            a.Device.Synchronize();
            whole = Math.Min(whole, Stopwatch.GetElapsedTime(step).TotalSeconds - update.Seconds);
            _isAccurate = exact.InnerIterations < limit;
            _recorded.Add(new Recorded(admm.Q.ToArray(), admm.Z.ToArray()));
            bool isLate = _clock.Elapsed.TotalSeconds > RecordingShare * _budget && _recorded.Count >= LeastRecorded;
            if (!_isAccurate || isLate || Stopwatch.GetElapsedTime(start).TotalSeconds > ReferenceShare * _budget)
            {
                break;
            }
        }

        return Math.Max(whole, 0);
    }

    /// <summary>A step of the recorded run.</summary>
    private sealed class Recorded(float[] q, float[] z)
    {
        private readonly double _scale = Math.Max(TensorPrimitives.Norm<float>(z), TensorPrimitives.Norm<float>(q));

        public float[] Q => q;

        /// <summary>As in <see cref="ExactReference"/>, but much faster: in single precision, without copies.</summary>
        public double RelativeError(float[] actual)
        {
            double error = TensorPrimitives.Distance<float>(actual, z);
            return _scale == 0 ? error : error / _scale;
        }
    }

    /// <summary>x = v: a run without a prior.</summary>
    private sealed class Unchanged : IProximal
    {
        public void Apply(Tensor v, Tensor tau, Tensor x) => v.Device.Copy(v, x);
    }

    /// <summary>Measures the time of the z-updates by themselves.</summary>
    private sealed class Clocked(IZUpdate inner) : IZUpdate
    {
        public bool IsRecordable => false;

        public double Seconds { get; private set; }

        public void Solve(Tensor q, Tensor z)
        {
            z.Device.Synchronize();
            long start = Stopwatch.GetTimestamp();
            inner.Solve(q, z);
            z.Device.Synchronize();
            Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        public void Dispose()
        {
        }
    }
}
