using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Solvers;

namespace InfAdmm.Imaging.Restoration;

/// <summary>
/// Restores windows of one shape: extends the measurement, runs the loop and removes the margin. Everything is
/// allocated once for the shape.
/// </summary>
/// <remarks>
/// For deblurring, the margin of the measurement fits the initial estimate (<see cref="MeasurementMargin"/>). With
/// <see cref="EdgeModel.Mirrored"/>, every trained iteration of the loop then measures its own z there; with
/// <see cref="EdgeModel.Unknown"/>, only the network sees the values of the margin.
/// </remarks>
internal sealed class WindowRestorer : IDisposable
{
    private readonly Device _device;
    private readonly int _iterations;
    private readonly double? _tolerance;
    private readonly double _shift;
    private readonly TaskOperator _operator;
    private readonly TaskOperator? _known;
    private readonly TensorScope _scope;
    private readonly Tensor _y;
    private readonly Tensor _z;
    private readonly IStartEstimate _start;
    private readonly PriorLoop _loop;
    private readonly MeasurementMargin _margin;
    private readonly bool _isMirrored;
    private readonly bool _isBounded;
    private readonly float[] _restored;

    /// <summary>Allocates everything for the shape of a window.</summary>
    /// <param name="device">The device to run on.</param>
    /// <param name="task">The task that describes the measurement.</param>
    /// <param name="weights">The prior.</param>
    /// <param name="solver">The z-update.</param>
    /// <param name="iterations">The number of ADMM iterations, or their maximum.</param>
    /// <param name="tolerance">The relative tolerance of the stopping rule; null for none.</param>
    /// <param name="edges">How the z-update treats the margin.</param>
    /// <param name="shift">How far the result is moved down and to the right, in pixels.</param>
    /// <param name="rows">The extension of the measurement's columns.</param>
    /// <param name="columns">The extension of the measurement's rows.</param>
    public WindowRestorer(
        Device device, ImageTask task, PriorWeights weights, ZSolverChoice solver, int iterations,
        double? tolerance, EdgeModel edges, double shift, EdgeExtension rows, EdgeExtension columns)
    {
        _device = device;
        Weights = weights;
        _iterations = iterations;
        _tolerance = tolerance;
        _shift = shift;
        _isMirrored = edges == EdgeModel.Mirrored && task.Start.MarginIterations > 0;
        _isBounded = solver.GuardTolerance is not null;
        var image = new Shape(1, weights.Channels, rows.Extended * task.Stride, columns.Extended * task.Stride);
        _operator = new TaskOperator(device, task, image.Validated());
        _scope = new TensorScope(device);
        try
        {
            _y = _scope.Add(device.AllocateZeros(_operator.MeasurementShape));
            _z = _scope.Allocate(image);
            _margin = new MeasurementMargin(_operator, _y, rows, columns);
            _start = task.Start.Create(_operator, _y);
            _known = edges == EdgeModel.Unknown ? new TaskOperator(device, task, image, _margin.Known) : null;
            _loop = new PriorLoop(_known ?? _operator, _y, weights, solver);
        }
        catch
        {
            _start?.Dispose();
            _margin?.Dispose();
            _scope.Dispose();
            _known?.Dispose();
            _operator.Dispose();
            throw;
        }

        _restored = new float[image.Count];
    }

    /// <summary>The prior.</summary>
    public PriorWeights Weights { get; }

    /// <summary>The extension of the measurement's columns.</summary>
    public EdgeExtension Rows => _margin.Rows;

    /// <summary>The extension of the measurement's rows.</summary>
    public EdgeExtension Columns => _margin.Columns;

    /// <summary>The number of values of z, with the margin.</summary>
    public long Count => _operator.ImageShape.Count;

    /// <summary>The number of ADMM iterations of the last window.</summary>
    public int Iterations => _loop.Iteration;

    /// <summary>
    /// The largest bound on the relative error of a z-update of the last window; null if none was asked for, or if the
    /// z-solver gives no bound.
    /// </summary>
    public double? Certificate { get; private set; }

    /// <summary>The number of z-updates of the last window that a guard improved; null without a guard.</summary>
    public int? GuardedSteps { get; private set; }

    /// <summary>Restores a window and adds it, weighted, to the picture.</summary>
    /// <param name="y">The whole measurement: planes of rows.</param>
    /// <param name="shape">The shape of y.</param>
    /// <param name="top">The window's first row in y.</param>
    /// <param name="left">The window's first column in y.</param>
    /// <param name="rowWeights">The weights of the window's restored rows.</param>
    /// <param name="columnWeights">The weights of its columns.</param>
    /// <param name="x">The whole picture.</param>
    /// <param name="xShape">The shape of x.</param>
    /// <param name="kept">
    /// Receives z, with its margin, for the same window of the next picture of a sequence; null if it is not kept.
    /// </param>
    /// <param name="last">
    /// The last picture of the sequence, whose z is in <paramref name="kept"/>; null to start from the initial
    /// estimate. The loop then starts from that z, moved to where this picture is, and from the initial estimate where
    /// they do not agree.
    /// </param>
    /// <param name="continued">
    /// The number of iterations in that case, with the ρ and levels of the last trained steps, but never of the first.
    /// </param>
    /// <param name="progress">Is told the fraction of the iterations done before each of them.</param>
    /// <param name="cancellation">Cancels the work between two iterations.</param>
    public void Restore(
        ReadOnlySpan<float> y, Shape shape, int top, int left, float[] rowWeights, float[] columnWeights,
        Span<float> x, Shape xShape, float[]? kept, LastPicture? last, int continued, ProgressPart progress,
        CancellationToken cancellation)
    {
        Extend(y, shape, top, left);
        _margin.Upload();
        _margin.Start(_start, _z);
        int trained = Weights.Rho.Count;

        // The first trained step expects the flaws of the initial estimate, and makes a good one much worse.
        int first = last is null ? 0 : Math.Max(trained - continued, Math.Min(1, trained - 1));
        int end = first + (last is null ? _iterations : continued);
        if (last is not null)
        {
            _device.Download(_z, _restored);
            Continue(last, kept!, top, left);
            _device.Upload(kept, _z);
        }

        _loop.Start(_z, first);
        int? guardedBefore = _loop.GuardedSteps;
        Certificate = null;
        for (int k = first; k < end; k++)
        {
            cancellation.ThrowIfCancellationRequested();
            progress.Tell((double)(k - first) / (end - first));
            _loop.Step();
            if (_isBounded && _loop.BoundError() is { } bound)
            {
                Certificate = Math.Max(Certificate ?? 0, bound.Relative);
            }

            if (_tolerance is { } relative
                && _loop.Residuals().AreWithin(
                    _loop.Z.Shape.Count, AdmmResiduals.DefaultAbsoluteTolerance, relative))
            {
                break;
            }

            // Only as long as ρ and the level change: the loop cannot settle while its measurement moves.
            if (_isMirrored && k + 1 < Math.Min(end, trained))
            {
                _margin.Take(_loop.Z);
                _loop.MeasurementChanged();
            }
        }

        GuardedSteps = _loop.GuardedSteps - guardedBefore;
        _device.Download(_loop.Z, _restored);
        if (kept is not null)
        {
            _restored.CopyTo(kept, 0);
        }

        SubpixelShift.Apply(_restored, _operator.ImageShape, _shift, _shift);
        Add(rowWeights, columnWeights, top * _operator.Task.Stride, left * _operator.Task.Stride, x, xShape);
    }

    /// <summary>Frees everything.</summary>
    public void Dispose()
    {
        _loop.Dispose();
        _margin.Dispose();
        _start.Dispose();
        _scope.Dispose();
        _known?.Dispose();
        _operator.Dispose();
    }

    /// <summary>Fills the measurement; a grey one is copied to all channels that the task measures.</summary>
    private void Extend(ReadOnlySpan<float> y, Shape shape, int top, int left)
    {
        Shape measured = _operator.MeasurementShape;
        for (int c = 0; c < measured.C; c++)
        {
            _margin.Mirror(
                c, y.Slice(Math.Min(c, shape.C - 1) * shape.PlaneSize, shape.PlaneSize), shape.W, top, left);
        }
    }

    /// <summary>Moves the last z, and replaces it by the initial estimate where the pictures do not agree.</summary>
    private void Continue(LastPicture last, float[] z, int top, int left)
    {
        Shape image = _operator.ImageShape;
        int stride = _operator.Task.Stride;
        SubpixelShift.Apply(z, image, stride * last.Down, stride * last.Right);
        for (int plane = 0; plane < image.C; plane++)
        {
            for (int i = 0; i < Rows.Length * stride; i++)
            {
                int start = (plane * image.H + Rows.Before * stride + i) * image.W + Columns.Before * stride;
                for (int j = 0; j < Columns.Length; j++)
                {
                    if (!last.Agrees(top + i / stride, left + j))
                    {
                        _restored.AsSpan(start + j * stride, stride).CopyTo(z.AsSpan(start + j * stride));
                    }
                }
            }
        }
    }

    /// <summary>Adds the window without its margin; for a grey picture, the mean of all channels.</summary>
    private void Add(float[] rowWeights, float[] columnWeights, int top, int left, Span<float> x, Shape xShape)
    {
        Shape image = _operator.ImageShape;
        int stride = _operator.Task.Stride;
        float share = (float)xShape.C / image.C;
        for (int c = 0; c < image.C; c++)
        {
            int plane = Math.Min(c, xShape.C - 1);
            for (int i = 0; i < rowWeights.Length; i++)
            {
                int from = (c * image.H + Rows.Before * stride + i) * image.W + Columns.Before * stride;
                ReadOnlySpan<float> row = _restored.AsSpan(from, columnWeights.Length);
                Span<float> target = x.Slice((plane * xShape.H + top + i) * xShape.W + left, columnWeights.Length);
                float weight = share * rowWeights[i];
                for (int j = 0; j < row.Length; j++)
                {
                    target[j] += weight * columnWeights[j] * row[j];
                }
            }
        }
    }
}
