using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Imaging.Restoration;

/// <summary>
/// Restores pictures of any size from their measurements by ADMM with a trained prior (<see cref="PriorLoop"/>). A is
/// periodic and photographs are not: each picture is extended by a margin that is removed at the end, and in which
/// nothing is measured (<see cref="EdgeModel"/>). A large picture is restored in overlapping tiles, one after another, so that
/// memory beyond the picture itself depends only on the size of a tile.
/// <code>
/// using var restorer = Restorer.Load("sr4", device);
/// Picture restored = restorer.Restore(ImageFile.ReadPicture("small.png"));
/// </code>
/// </summary>
/// <remarks>
/// The workspace of a shape is kept for the next picture of that shape. One thread at a time can use a restorer and its
/// device; <see cref="RestoreAsync"/> waits for its turn. Several restorers may have the same weights.
/// </remarks>
public sealed partial class Restorer : IDisposable
{
    // Half of the default network's receptive field is 58 pixels of the image; the outermost ones contribute little.
    private const int LeastHalo = 48;
    private const int Ramp = 32;

    private const int SmallestSide = 2;

    // The relative error of z is at most tolerance·‖e‖/(2√ρ‖z‖), and ‖e‖/‖z‖ of the order of a hundredth: a few 1e-4.
    private const double MaskedTolerance = 3e-2;
    private const double LargestMaskedTolerance = 1e-2;

    private readonly UseGuard _guard;
    private readonly Device _device;
    private readonly PriorWeights _weights;
    private readonly PriorWeights _greyWeights;
    private readonly RestorationOptions _options;
    private readonly int _unit;
    private readonly bool _needsFourier;
    private readonly ZSolverChoice _solver;
    private WindowRestorer? _windows;
    private Layout? _layout;
    private LastPicture? _last;

    /// <summary>Checks that prior, task and options fit together.</summary>
    /// <param name="device">The device to run on.</param>
    /// <param name="weights">The trained prior.</param>
    /// <param name="options">The options; null to use the settings of the prior's training.</param>
    /// <exception cref="InputException">
    /// The prior does not fit the task, its weights do not fit its network, or the z-solver does not apply.
    /// </exception>
    public Restorer(Device device, PriorWeights weights, RestorationOptions? options = null)
    {
        _guard = new UseGuard(this);
        _device = device;
        _options = options ?? new RestorationOptions();
        Task = _options.Task ?? weights.Task;
        PriorWeights grey = Task.GreyWeights is null ? _options.GreyPrior ?? weights : weights;
        foreach (PriorWeights prior in (PriorWeights[])[weights, grey])
        {
            if (WhyNot(prior, Task) is { } reason)
            {
                throw new InputException(reason);
            }

            // Weights of another network are rejected here, not at the first picture.
            device.Create(() => prior.ToNetwork(device)).Dispose();
        }

        ArgumentOutOfRangeException.ThrowIfNegative(_options.Tile);
        _weights = Scheduled(weights, _options, Task);
        _greyWeights = Scheduled(grey, _options, Task);
        Iterations = _options.Iterations
            ?? (_options.Tolerance is null ? _weights.Rho.Count : RestorationOptions.MostIterations);
        ArgumentOutOfRangeException.ThrowIfLessThan(Iterations, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.ContinuedIterations ?? 1, 1);
        _unit = Math.Max(1, Math.Max(weights.Design.Factor, grey.Design.Factor) / Task.Stride);
        _needsFourier = !PeriodicKernel.Gram(Task.Kernel, Task.Stride).IsScalar;
        Edges = device.Create(ChooseEdges);
        _solver = Edges == EdgeModel.Unknown && _options.ZSolver.Solver is null
            ? _options.ZSolver with
            {
                Solver = CirculantPreconditioner.Solver,
                InnerLoop = InnerLoopSpec.Default with { Tolerance = MaskedToleranceFor(Math.Min(_weights.Rho.Min(), _greyWeights.Rho.Min())) },
            }
            : _options.ZSolver;
    }

    /// <summary>Creates a restorer with the shipped prior of a task.</summary>
    /// <param name="task">One of <see cref="ImageTasks.Names"/>.</param>
    /// <param name="device">The device to run on. The caller keeps ownership.</param>
    /// <param name="options">The options; null to use the settings of the prior's training.</param>
    /// <param name="style">The smallest error, or pictures that look sharper and invent texture.</param>
    /// <exception cref="InputException">
    /// There is no such task, no shipped prior for it, or the options do not fit; the message says why.
    /// </exception>
    public static Restorer Load(
        string task, Device device, RestorationOptions? options = null, PriorStyle style = PriorStyle.Faithful) =>
        new(device, ShippedWeights.Prior(ImageTasks.Find(task).Name, style: style), options);

    /// <summary>The task that describes the measurements.</summary>
    public ImageTask Task { get; }

    /// <summary>The number of ADMM iterations per picture, or with a tolerance their maximum.</summary>
    public int Iterations { get; }

    /// <summary>The number of ADMM iterations of the last picture; of tiles, the largest. 0 before the first.</summary>
    public int LastIterations { get; private set; }

    /// <summary>Whether pictures can continue from the last one (<see cref="RestoreNext"/>).</summary>
    public bool CanContinue => _options.ContinuedIterations is not null;

    /// <summary>How the z-update treats the margin.</summary>
    public EdgeModel Edges { get; }

    /// <summary>
    /// With <see cref="ZSolverChoice.GuardTolerance"/>, the largest bound on the relative error of a z-update of the
    /// last picture; null if the z-solver has none.
    /// </summary>
    public double? LastCertificate { get; private set; }

    /// <summary>The number of z-updates of the last picture: its iterations, summed over its tiles.</summary>
    public int LastZUpdates { get; private set; }

    /// <summary>The number of z-updates of the last picture that a guard improved; null without a guard.</summary>
    public int? LastGuardedSteps { get; private set; }

    /// <summary>The prior that restores a measurement of a shape: that for grey pictures, if there is one.</summary>
    public PriorWeights PriorOf(Shape measurement) => measurement.C == 1 ? _greyWeights : _weights;

    /// <summary>
    /// True if the prior was trained for another kernel; a denoiser was trained for none. This is allowed for a task without decimation: the z-update is
    /// exact for any kernel, but the prior has not seen the artefacts of this one.
    /// </summary>
    public bool HasForeignKernel =>
        _weights.Architecture != PriorArchitecture.Denoiser && !Task.Kernel.IsSameAs(_weights.Task.Kernel);

    private int MeasuredChannels => Task.GreyWeights is null ? _weights.Channels : 1;

    /// <summary>
    /// Where pixel (0, 0) of a measurement lies in the result: so many pixels down and to the right of its pixel (0, 0).
    /// </summary>
    public double Shift => _options.Alignment == PixelAlignment.Center ? (Task.Stride - 1) / 2.0 : 0;

    /// <summary>
    /// A denoiser takes the schedule for the noise of the measurements, which may differ from its own. A fixed number of
    /// iterations covers the whole schedule.
    /// </summary>
    private static PriorWeights Scheduled(PriorWeights weights, RestorationOptions options, ImageTask task)
    {
        bool isUnconditional = weights.Architecture == PriorArchitecture.Denoiser;
        DenoisingSchedule? schedule = options.Schedule ?? (isUnconditional ? task.Denoising : null);
        if (schedule is not null && options is { Iterations: { } count, Tolerance: null })
        {
            schedule = schedule with { Iterations = count };
        }

        PriorWeights scheduled = schedule is null ? weights : weights.WithSchedule(schedule);
        return options.Rho is { } rho ? scheduled.WithRho(rho) : scheduled;
    }

    /// <summary>Returns why a prior cannot restore pictures of a task; null if it can.</summary>
    public static string? WhyNot(PriorWeights weights, ImageTask task)
    {
        ImageTask comparable = task.Stride == 1 ? task with { Kernel = weights.Task.Kernel } : task;
        return weights.WhyNot(comparable, weights.Channels) ?? weights.WhyNotInLoop ?? (weights.Design.OnlySide is { } side
            ? $"{weights.Source}: this network takes images of {side}x{side} only, and no margin"
            : null);
    }

    /// <summary>
    /// The shape that a measurement is restored to; a grey one stays grey unless the task gives colour.
    /// </summary>
    public Shape RestoredShape(Shape measurement)
    {
        Shape image = measurement.Upsampled(Task.Stride);
        return Task.GreyWeights is null ? image : image with { C = _weights.Channels };
    }

    /// <summary>Returns why a measurement cannot be restored and how to fix it; null if it can.</summary>
    public string? WhyNot(Shape measurement)
    {
        int channels = MeasuredChannels;
        if (measurement.C != channels && measurement.C != 1)
        {
            return "the picture is in colour, and " + (Task.GreyWeights is null
                ? $"the prior {_weights.Source} is for grey ones"
                : $"the measurements of the task {Task.Name} are grey");
        }

        if (Math.Min(measurement.H, measurement.W) < SmallestSide)
        {
            return $"a picture of {measurement.W}x{measurement.H} is too small to restore: it needs at least " +
                $"{SmallestSide}x{SmallestSide}";
        }

        long pixels = (long)measurement.H * measurement.W * Task.Stride * Task.Stride;
        if (pixels > PixelLayout.MostPixels)
        {
            return $"a picture of {measurement.W}x{measurement.H} is too large: cut it into pieces whose restored " +
                $"size is at most {PixelLayout.MostPixels / 1_000_000} megapixels";
        }

        return null;
    }

    /// <summary>Restores the values of a picture.</summary>
    /// <param name="y">The measurement in [0, 1], as planes in row-major order.</param>
    /// <param name="shape">
    /// The shape of y, (1, channels, height, width), with the channels that the task measures, or 1: a grey picture is
    /// copied to all channels of a colour prior, and their mean is the result, unless there is a prior for grey pictures.
    /// </param>
    /// <param name="progress">Called periodically with the fraction done, 0 to 1.</param>
    /// <param name="cancellation">Cancels the work between two iterations.</param>
    /// <returns>The picture, of <see cref="RestoredShape"/>; values may slightly exceed [0, 1].</returns>
    /// <exception cref="ArgumentException">A value of y is not finite.</exception>
    /// <exception cref="ArithmeticException">The iteration diverged: values of the result are not finite.</exception>
    /// <exception cref="ShapeException">The number of values in y differs from that of the shape.</exception>
    /// <exception cref="InputException">The picture cannot be restored; the message says why.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="InvalidOperationException">Another thread uses the restorer or its device.</exception>
    /// <exception cref="ObjectDisposedException">The restorer or its device was disposed.</exception>
    public float[] Restore(
        ReadOnlySpan<float> y, Shape shape, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        Check(shape);
        float[] x = new float[RestoredShape(shape).Count];
        Restore(y, shape, x, progress, cancellation);
        return x;
    }

    /// <summary>
    /// Restores the values of a picture into the caller's memory. From the second picture of a shape on, nothing is
    /// allocated; after <see cref="Prepare(Shape, CancellationToken)"/>, from the first on.
    /// </summary>
    /// <param name="y">The measurement, as for the other overload.</param>
    /// <param name="shape">The shape of y.</param>
    /// <param name="x">Receives the picture: as many values as <see cref="RestoredShape"/> has.</param>
    /// <param name="progress">Called periodically with the fraction done, 0 to 1.</param>
    /// <param name="cancellation">Cancels the work between two iterations; x is incomplete then.</param>
    /// <exception cref="ArgumentException">A value of y is not finite.</exception>
    /// <exception cref="ArithmeticException">The iteration diverged: values of the result are not finite.</exception>
    /// <exception cref="ShapeException">The number of values in y or x differs from that of the shape.</exception>
    /// <exception cref="InputException">The picture cannot be restored; the message says why.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="InvalidOperationException">Another thread uses the restorer or its device.</exception>
    /// <exception cref="ObjectDisposedException">The restorer or its device was disposed.</exception>
    public void Restore(
        ReadOnlySpan<float> y, Shape shape, Span<float> x, Action<double>? progress = null,
        CancellationToken cancellation = default) =>
        Restore(y, shape, x, last: null, continues: false, progress, cancellation);

    /// <summary>
    /// Restores the next picture of a sequence. Its loop starts from the last picture, moved by the shift between the
    /// two measurements, and runs <see cref="RestorationOptions.ContinuedIterations"/> iterations; where the
    /// measurements differ nevertheless, it starts from the initial estimate. The first picture, one of another shape
    /// than the last, and one that differs from it in most places, as after a scene cut, are restored like any other.
    /// </summary>
    /// <param name="y">The measurement, as for <c>Restore</c>.</param>
    /// <param name="shape">The shape of y.</param>
    /// <param name="x">Receives the picture: as many values as <see cref="RestoredShape"/> has.</param>
    /// <param name="progress">Called periodically with the fraction done, 0 to 1.</param>
    /// <param name="cancellation">Cancels the work between two iterations; x is incomplete then.</param>
    /// <returns>True if it continued from the last picture.</returns>
    /// <exception cref="InvalidOperationException">
    /// The options have no iterations for it, or another thread uses the restorer or its device.
    /// </exception>
    /// <exception cref="ArgumentException">A value of y is not finite.</exception>
    /// <exception cref="ArithmeticException">The iteration diverged: values of the result are not finite.</exception>
    /// <exception cref="ShapeException">The number of values in y or x differs from that of the shape.</exception>
    /// <exception cref="InputException">The picture cannot be restored; the message says why.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The restorer or its device was disposed.</exception>
    public bool RestoreNext(
        ReadOnlySpan<float> y, Shape shape, Span<float> x, Action<double>? progress = null,
        CancellationToken cancellation = default)
    {
        if (!CanContinue)
        {
            throw new InvalidOperationException(
                $"set {nameof(RestorationOptions)}.{nameof(RestorationOptions.ContinuedIterations)} to continue from the " +
                "last picture");
        }

        using UseGuard.Scope use = _guard.Enter();
        CheckSizes(y, shape, x);
        _last ??= new LastPicture();
        bool continues = _last.Match(y, shape);
        _last.Forget();
        Restore(y, shape, x, _last, continues, progress, cancellation);
        _last.Keep(y, shape);
        return continues;
    }

    /// <summary>
    /// Allocates everything for measurements of a shape, so that the first one takes no longer than others.
    /// </summary>
    /// <param name="shape">The shape of the measurements, (1, channels, height, width).</param>
    /// <param name="cancellation">Cancels the work between two iterations.</param>
    /// <exception cref="ShapeException">The shape is not that of one picture.</exception>
    /// <exception cref="InputException">Such a picture cannot be restored; the message says why.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="InvalidOperationException">Another thread uses the restorer or its device.</exception>
    /// <exception cref="ObjectDisposedException">The restorer or its device was disposed.</exception>
    public void Prepare(Shape shape, CancellationToken cancellation = default)
    {
        using UseGuard.Scope use = _guard.Enter();
        Check(shape);
        Layout layout = LayoutOf(shape);
        float[] grey = new float[shape.Count];
        Array.Fill(grey, 0.5f);

        // All windows have one shape: recorded steps and the memory of inner loops are ready after one of the mean grey.
        Layout window = Whole(shape with { H = layout.Rows.Side, W = layout.Columns.Side });
        ReadOnlySpan<float> y = grey.AsSpan(0, (int)window.Shape.Count);
        float[] x = new float[RestoredShape(window.Shape).Count];
        if (!CanContinue)
        {
            RestoreWindows(window, y, x, last: null, continues: false, progress: null, cancellation);
            return;
        }

        var last = new LastPicture();
        for (int i = 0; i < 2; i++)
        {
            RestoreWindows(window, y, x, last, continues: last.Match(y, window.Shape), progress: null, cancellation);
            last.Keep(y, window.Shape);
        }

        _last ??= new LastPicture();
        for (int i = 0; i < layout.Rows.Count * layout.Columns.Count; i++)
        {
            _last.Window(i, _windows!.Count);
        }

        _last.Keep(grey, shape);
        _last.Match(grey, shape);
        _last.Forget();
    }

    /// <summary>Frees everything.</summary>
    public void Dispose()
    {
        if (_guard.TryClose())
        {
            _windows?.Dispose();
        }
    }

    private void Restore(
        ReadOnlySpan<float> y, Shape shape, Span<float> x, LastPicture? last, bool continues, Action<double>? progress,
        CancellationToken cancellation)
    {
        using UseGuard.Scope use = _guard.Enter();
        CheckSizes(y, shape, x);
        RestoreWindows(LayoutOf(shape), y, x, last, continues, progress, cancellation);
        if (!FiniteValues.All(x))
        {
            throw new ArithmeticException(
                "the iteration diverged: the result has values that are not finite; choose fewer iterations or a ρ nearer " +
                "to the trained ones");
        }

        progress?.Invoke(1);
    }

    private void RestoreWindows(
        Layout layout, ReadOnlySpan<float> y, Span<float> x, LastPicture? last, bool continues,
        Action<double>? progress, CancellationToken cancellation)
    {
        Shape restored = RestoredShape(layout.Shape);
        x.Clear();
        LastIterations = 0;
        LastZUpdates = 0;
        LastCertificate = null;
        LastGuardedSteps = null;
        for (int row = 0; row < layout.Rows.Count; row++)
        {
            for (int column = 0; column < layout.Columns.Count; column++)
            {
                double share = 1.0 / (layout.Rows.Count * layout.Columns.Count);
                var part = new ProgressPart(progress, share * (row * layout.Columns.Count + column), share);
                RestoreWindow(layout, row, column, y, x, restored, last, continues, part, cancellation);
            }
        }
    }

    private void CheckSizes(ReadOnlySpan<float> y, Shape shape, ReadOnlySpan<float> x)
    {
        Check(shape);
        if (y.Length != shape.Count)
        {
            throw new ShapeException($"a picture of shape {shape} needs {shape.Count} values, got {y.Length}");
        }

        Shape restored = RestoredShape(shape);
        if (x.Length != restored.Count)
        {
            throw new ShapeException($"a result of shape {restored} needs {restored.Count} values, got {x.Length}");
        }

        if (!FiniteValues.All(y))
        {
            throw new ArgumentException("the measurement has values that are not finite", nameof(y));
        }
    }

    private void Check(Shape shape)
    {
        if (shape.N != 1)
        {
            throw new ShapeException($"pictures are restored one by one, got the shape {shape}");
        }

        if (WhyNot(shape) is { } reason)
        {
            throw new InputException(reason);
        }
    }
}
