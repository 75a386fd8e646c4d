using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
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
/// using var restorer = new ImageRestorer(device, ShippedWeights.Prior("sr4"));
/// Picture restored = restorer.Restore(ImageFile.ReadPicture("small.png"));
/// </code>
/// </summary>
/// <remarks>
/// The workspace of a shape is kept for the next picture of that shape. Use it from one thread at a time.
/// </remarks>
public sealed class ImageRestorer : IDisposable
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
    public ImageRestorer(Device device, PriorWeights weights, RestorationOptions? options = null)
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
            prior.ToNetwork(device).Dispose();
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
        Edges = ChooseEdges();
        _solver = Edges == EdgeModel.Unknown && _options.ZSolver.Solver is null
            ? _options.ZSolver with
            {
                Solver = CirculantPreconditioner.Solver,
                InnerLoop = InnerLoopSpec.Default with { Tolerance = MaskedToleranceFor(Math.Min(_weights.Rho.Min(), _greyWeights.Rho.Min())) },
            }
            : _options.ZSolver;
    }

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

    /// <summary>How far the alignment moves the result down and to the right, in pixels.</summary>
    private double Shift => _options.Alignment == PixelAlignment.Center ? (Task.Stride - 1) / 2.0 : 0;

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
        int channels = Task.GreyWeights is null ? _weights.Channels : 1;
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
        if (pixels > int.MaxValue / _weights.Channels)
        {
            return $"a picture of {measurement.W}x{measurement.H} is too large: cut it into pieces whose restored " +
                $"size is below {int.MaxValue / _weights.Channels / 1_000_000} megapixels";
        }

        return null;
    }

    /// <summary>
    /// Restores a picture. Its opacity is upsampled by bicubic interpolation, and its ICC profile is kept. Invisible
    /// pixels first take the colour of visible neighbours (<see cref="TransparentPixels"/>).
    /// </summary>
    /// <param name="picture">The measurement.</param>
    /// <param name="progress">Called periodically with the fraction done, 0 to 1.</param>
    /// <param name="cancellation">Ends the work between two iterations.</param>
    /// <exception cref="InputException">The picture cannot be restored; the message says why.</exception>
    /// <exception cref="ArithmeticException">The iteration diverged: values of the result are not finite.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="InvalidOperationException">Another thread uses the restorer or its device.</exception>
    /// <exception cref="ObjectDisposedException">The restorer or its device was disposed.</exception>
    public Picture Restore(
        Picture picture, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        Shape measured = picture.Image.Shape;
        float[] visible = TransparentPixels.Fill(picture).Image.Values;
        float[] restored = Restore(visible, measured, progress, cancellation);
        float[]? alpha = picture.Alpha is null || Task.Stride == 1
            ? picture.Alpha
            : BicubicUpsampling.Apply(picture.Alpha, measured with { C = 1 }, Task.Stride, shift: Shift);
        return picture with { Image = new PlanarImage(restored, RestoredShape(measured)), Alpha = alpha };
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
    /// allocated; after <see cref="Prepare"/>, from the first on.
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
    /// <exception cref="ShapeException">The shape is not that of one picture.</exception>
    /// <exception cref="InputException">Such a picture cannot be restored; the message says why.</exception>
    /// <exception cref="InvalidOperationException">Another thread uses the restorer or its device.</exception>
    /// <exception cref="ObjectDisposedException">The restorer or its device was disposed.</exception>
    public void Prepare(Shape shape)
    {
        // A picture of the mean grey: recorded steps and the memory of inner loops are ready after it.
        Check(shape);
        float[] grey = new float[shape.Count];
        Array.Fill(grey, 0.5f);
        float[] restored = new float[RestoredShape(shape).Count];
        if (!CanContinue)
        {
            Restore(grey, shape, restored);
        }
        else
        {
            _last?.Forget();
            RestoreNext(grey, shape, restored);
            RestoreNext(grey, shape, restored);
            _last!.Forget();
        }
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
        Shape restored = RestoredShape(shape);
        Layout layout = LayoutOf(shape);
        x.Clear();
        LastIterations = 0;
        LastZUpdates = 0;
        LastCertificate = null;
        LastGuardedSteps = null;
        for (int row = 0; row < layout.Rows.Count; row++)
        {
            for (int column = 0; column < layout.Columns.Count; column++)
            {
                progress?.Invoke(
                    (double)(row * layout.Columns.Count + column) / (layout.Rows.Count * layout.Columns.Count));
                RestoreWindow(layout, row, column, y, x, restored, last, continues, cancellation);
            }
        }

        if (!FiniteValues.All(x))
        {
            throw new ArithmeticException(
                "the iteration diverged: the result has values that are not finite; choose fewer iterations or a ρ nearer " +
                "to the trained ones");
        }

        progress?.Invoke(1);
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

    /// <summary>The windows of a shape; those of the last one are kept.</summary>
    private Layout LayoutOf(Shape shape) =>
        _layout is { } last && last.Shape == shape ? last : _layout = CreateLayout(shape);

    private Layout CreateLayout(Shape shape)
    {
        int halo = Math.Max(LeastHalo, MeasurementMargin.SideFor(Math.Max(Task.Kernel.Height, Task.Kernel.Width)));
        int overlap = Measured(2 * halo + Ramp);
        int side = _options.Tile == 0 ? 0 : Math.Max(_options.Tile / Task.Stride, 2 * overlap);
        var rows = WindowAxis.Create(shape.H, side, overlap + _unit, _unit);
        var columns = WindowAxis.Create(shape.W, side, overlap + _unit, _unit);
        return new Layout(
            shape, rows, columns,
            [.. Enumerable.Range(0, rows.Count).Select(row => rows.Weights(row, Task.Stride, Ramp))],
            [.. Enumerable.Range(0, columns.Count).Select(column => columns.Weights(column, Task.Stride, Ramp))]);
    }

    private void RestoreWindow(
        Layout layout, int row, int column, ReadOnlySpan<float> y, Span<float> x, Shape restored,
        LastPicture? last, bool continues, CancellationToken cancellation)
    {
        WindowRestorer windows = WindowsOf(PriorOf(layout.Shape), layout.Rows.Side, layout.Columns.Side);
        float[]? kept = last?.Window(row * layout.Columns.Count + column, windows.Count);
        windows.Restore(
            y, layout.Shape, layout.Rows.Start(row), layout.Columns.Start(column), layout.RowWeights[row],
            layout.ColumnWeights[column], x, restored, kept, continues ? last : null,
            _options.ContinuedIterations ?? 0, cancellation);
        LastIterations = Math.Max(LastIterations, windows.Iterations);
        LastZUpdates += windows.Iterations;
        LastCertificate = windows.Certificate is { } bound ? Math.Max(LastCertificate ?? 0, bound) : LastCertificate;
        LastGuardedSteps = windows.GuardedSteps is { } steps ? (LastGuardedSteps ?? 0) + steps : LastGuardedSteps;
    }

    private static float MaskedToleranceFor(double rho) => (float)Math.Clamp(
        MaskedTolerance * Math.Sqrt(rho), InnerLoopSpec.Default.Tolerance, LargestMaskedTolerance);

    /// <summary>
    /// Unknown, if the z-solver takes a mask. Checks on a small image that the z-solver applies, which depends on kernel,
    /// stride, mask and ρ.
    /// </summary>
    private EdgeModel ChooseEdges()
    {
        bool hasMargin = Task.Start.MarginIterations > 0;
        if (!hasMargin && _options.Edges == EdgeModel.Unknown)
        {
            throw new InputException(
                $"the measurements of the task {Task.Name} do not reach beyond the picture, so it has no unknown edges")
            {
                Parameter = "edges",
            };
        }

        string? whyNoMask = hasMargin ? WhyNot(isMasked: true) : null;
        if (_options.Edges == EdgeModel.Unknown && whyNoMask is not null)
        {
            throw new InputException(
                $"the z-solver '{_options.ZSolver.Solver!.Name}' cannot be used with unknown edges: {whyNoMask}; choose " +
                "mirrored edges or another z-solver")
            {
                Parameter = "edges",
            };
        }

        if (whyNoMask is not null && _options.Edges is null && WhyNot(isMasked: false) is not null)
        {
            throw new InputException(
                $"the z-solver '{_options.ZSolver.Solver!.Name}' cannot be used here: {whyNoMask}")
            {
                Parameter = "z-solver",
            };
        }

        EdgeModel edges = _options.Edges ?? (hasMargin && whyNoMask is null ? EdgeModel.Unknown : EdgeModel.Mirrored);
        if (_options.ZSolver.Solver is not null)
        {
            WithSmallOperator(edges == EdgeModel.Unknown, (small, y) =>
            {
                foreach (double rho in _weights.Rho.Distinct())
                {
                    _options.ZSolver.Create(small, y, rho).Dispose();
                }
            });
        }

        return edges;
    }

    private string? WhyNot(bool isMasked)
    {
        string? reason = null;
        WithSmallOperator(isMasked, (small, y) => reason = _options.ZSolver.WhyNot(small, y, _weights.Rho[0]));
        return reason;
    }

    private void WithSmallOperator(bool isMasked, Action<TaskOperator, Tensor> use)
    {
        int block = _unit * Task.Stride;
        int side = (Math.Max(Task.Kernel.Height, Task.Kernel.Width) + block - 1) / block * block;
        var image = new Shape(1, _weights.Channels, side, side);
        Shape measured = Task.Measured(image);
        bool[] known = new bool[measured.PlaneSize];
        known[0] = true;
        using var small = new TaskOperator(
            _device, Task, image, isMasked ? new Mask(measured.H, measured.W, known) : null);
        using Tensor y = _device.AllocateZeros(measured);
        use(small, y);
    }

    /// <summary>
    /// Returns the workspace for windows of a shape; a new one unless the last window had the same prior and shape.
    /// </summary>
    private WindowRestorer WindowsOf(PriorWeights weights, int height, int width)
    {
        if (_windows is { } last && last.Weights == weights && last.Rows.Length == height && last.Columns.Length == width)
        {
            return last;
        }

        _windows?.Dispose();
        _windows = null;
        _windows = new WindowRestorer(
            _device, Task, weights, _solver, Iterations, _options.Tolerance, Edges, Shift,
            Extend(height, Task.Kernel.Height), Extend(width, Task.Kernel.Width));
        return _windows;
    }

    /// <summary>
    /// The margin of an axis: wide enough for the kernel, and up to a length that suits the network and the transforms.
    /// The picture starts at a multiple of the network's factor, so that it has the same alignment in every window.
    /// </summary>
    private EdgeExtension Extend(int length, int kernel)
    {
        int margin = Measured(MeasurementMargin.SideFor(kernel));
        int blocks = (length + 2 * margin + _unit - 1) / _unit;
        while (_needsFourier && !IsSmooth(blocks * _unit))
        {
            blocks++;
        }

        int extended = blocks * _unit;
        return new EdgeExtension(length, extended, (extended - length) / 2 / _unit * _unit);
    }

    /// <summary>Converts pixels of the image to pixels of the measurement.</summary>
    private int Measured(int pixels) => (pixels + Task.Stride - 1) / Task.Stride;

    /// <summary>True for products of 2, 3, 5 and 7, whose transforms are fast.</summary>
    private static bool IsSmooth(int length)
    {
        foreach (int prime in (ReadOnlySpan<int>)[2, 3, 5, 7])
        {
            while (length % prime == 0)
            {
                length /= prime;
            }
        }

        return length == 1;
    }

    /// <summary>How the measurement of a shape is cut into windows.</summary>
    private sealed record Layout(
        Shape Shape, WindowAxis Rows, WindowAxis Columns, float[][] RowWeights, float[][] ColumnWeights);
}
