using InfAdmm.Engine;

namespace InfAdmm.Solvers.Inverse;

/// <summary>
/// S x = Σ_j window_j ∘ (t_j ∗ x) on planes of the measurement grid, and its exact adjoint: small filters that vary
/// across the grid.
/// </summary>
internal sealed class FilterBank : IDisposable
{
    private readonly Device _device;
    private readonly Boundary _boundary;
    private readonly TensorScope _scope;
    private readonly Tensor[] _filters;
    private readonly VaryingKernels? _separable;
    private readonly Tensor[] _planes = [];
    private readonly Tensor _one;
    private readonly Tensor _workspace;

    /// <summary>Creates the bank.</summary>
    /// <param name="device">The device that runs it.</param>
    /// <param name="windows">The windows on the grid.</param>
    /// <param name="filters">The filters, one after the other, each with an odd number of rows and columns.</param>
    /// <param name="filter">The shape of a filter, (1, 1, rows, columns).</param>
    /// <param name="grid">The shape of the measurement.</param>
    /// <param name="boundary">How filters extend the grid beyond its edges.</param>
    public FilterBank(
        Device device, FilterWindows windows, float[] filters, Shape filter, Shape grid, Boundary boundary)
    {
        _device = device;
        _boundary = boundary;
        _scope = new TensorScope(device);
        int count = windows.Rows * windows.Columns;
        Tensor all = _scope.Add(device.Allocate(filter with { N = count }, filters));
        _filters = [.. Enumerable.Range(0, count).Select(i => all.Slice(i * filter.Count, filter))];
        _one = _scope.Add(device.Allocate(Shape.Scalar, [1]));
        _workspace = _scope.Allocate(grid);
        if (windows.Planes.Count > 0)
        {
            _planes =
            [
                .. windows.Planes.Select(plane => _scope.Add(device.Allocate(Shape.Vector(plane.Length), plane))),
            ];
        }
        else if (count > 1)
        {
            _separable = new VaryingKernels(
                all, _scope.Add(device.Allocate(Shape.Matrix(windows.Rows, grid.H), windows.RowWeights)),
                _scope.Add(device.Allocate(Shape.Matrix(windows.Columns, grid.W), windows.ColumnWeights)), _workspace);
        }
    }

    /// <summary>y = S x + addend. addend may be y.</summary>
    public void Apply(Tensor x, Tensor addend, Tensor y)
    {
        if (_separable is { } kernels)
        {
            _device.VaryingBlur(x, kernels, 1, _boundary, 1, addend, y);
            return;
        }

        if (_planes.Length == 0)
        {
            _device.Blur(x, _filters[0], 1, _boundary, 1, addend, y);
            return;
        }

        for (int j = 0; j < _filters.Length; j++)
        {
            _device.Blur(x, _filters[j], 1, _boundary, 1, null, _workspace);
            Multiply(_workspace, _planes[j], j == 0 ? addend : y, y);
        }
    }

    /// <summary>x = Sᵀ y.</summary>
    public void Adjoint(Tensor y, Tensor x)
    {
        if (_separable is { } kernels)
        {
            _device.VaryingBlurAdjoint(y, kernels, 1, _boundary, 1, null, x);
            return;
        }

        if (_planes.Length == 0)
        {
            _device.BlurAdjoint(y, _filters[0], 1, _boundary, 1, null, x);
            return;
        }

        for (int j = 0; j < _filters.Length; j++)
        {
            Multiply(y, _planes[j], null, _workspace);
            _device.BlurAdjoint(_workspace, _filters[j], 1, _boundary, 1, j == 0 ? null : x, x);
        }
    }

    /// <summary>Frees filters and windows.</summary>
    public void Dispose() => _scope.Dispose();

    /// <summary>
    /// result = window ∘ x + addend on every plane, which is taken as an image of height 1: then any window is separable.
    /// </summary>
    private void Multiply(Tensor x, Tensor window, Tensor? addend, Tensor result)
    {
        var rows = new Shape(x.Shape.Planes, 1, 1, x.Shape.PlaneSize);
        _device.Taper(x.Reshape(rows), _one, window, 1, addend?.Reshape(rows), result.Reshape(rows));
    }
}
