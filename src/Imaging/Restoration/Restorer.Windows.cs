using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Imaging.Restoration;

/// <content>The windows that a picture is cut into, and the treatment of its edges.</content>
public sealed partial class Restorer
{
    /// <summary>The shape of the image, with its margin, that the loop runs on; of a tile, if the picture is cut.</summary>
    internal Shape LoopShape(Shape measurement)
    {
        Layout layout = CreateLayout(measurement);
        return new Shape(
            1, PriorOf(measurement).Channels, Extend(layout.Rows.Side, Task.Kernel.Height).Extended * Task.Stride,
            Extend(layout.Columns.Side, Task.Kernel.Width).Extended * Task.Stride);
    }

    /// <summary>The windows of a shape; those of the last one are kept.</summary>
    private Layout LayoutOf(Shape shape) =>
        _layout is { } last && last.Shape == shape ? last : _layout = CreateLayout(shape);

    private Layout CreateLayout(Shape shape)
    {
        int halo = Math.Max(LeastHalo, MeasurementMargin.SideFor(Math.Max(Task.Kernel.Height, Task.Kernel.Width)));
        int overlap = Measured(2 * halo + Ramp);
        int side = _options.Tile == 0 ? 0 : Math.Max(_options.Tile / Task.Stride, 2 * overlap);
        return CreateLayout(shape, side, overlap + _unit);
    }

    /// <summary>One window for everything.</summary>
    private Layout Whole(Shape shape) => CreateLayout(shape, side: 0, overlap: 0);

    private Layout CreateLayout(Shape shape, int side, int overlap)
    {
        var rows = WindowAxis.Create(shape.H, side, overlap, _unit);
        var columns = WindowAxis.Create(shape.W, side, overlap, _unit);
        return new Layout(
            shape, rows, columns,
            [.. Enumerable.Range(0, rows.Count).Select(row => rows.Weights(row, Task.Stride, Ramp))],
            [.. Enumerable.Range(0, columns.Count).Select(column => columns.Weights(column, Task.Stride, Ramp))]);
    }

    private void RestoreWindow(
        Layout layout, int row, int column, ReadOnlySpan<float> y, Span<float> x, Shape restored,
        LastPicture? last, bool continues, ProgressPart progress, CancellationToken cancellation)
    {
        WindowRestorer windows = WindowsOf(PriorOf(layout.Shape), layout.Rows.Side, layout.Columns.Side);
        float[]? kept = last?.Window(row * layout.Columns.Count + column, windows.Count);
        windows.Restore(
            y, layout.Shape, layout.Rows.Start(row), layout.Columns.Start(column), layout.RowWeights[row],
            layout.ColumnWeights[column], x, restored, kept, continues ? last : null,
            _options.ContinuedIterations ?? 0, progress, cancellation);
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
        return _windows = NewWindows(weights, height, width);
    }

    /// <summary>
    /// A method of its own, because its function is an object, and a call with known windows must allocate nothing.
    /// </summary>
    private WindowRestorer NewWindows(PriorWeights weights, int height, int width) =>
        _device.Create(() => new WindowRestorer(
            _device, Task, weights, _solver, Iterations, _options.Tolerance, Edges, Shift,
            Extend(height, Task.Kernel.Height), Extend(width, Task.Kernel.Width)));

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
