using InfAdmm.Engine;

namespace InfAdmm.Solvers.Operators;

/// <summary>
/// A = M S H, separately on every channel: a blur with a given boundary, every stride-th pixel, and a mask M that sets
/// missing measurements to zero (docs/mathematics.md §3). The measurement keeps the shape of the whole grid; the rows
/// of A for missing measurements are zero, so that they do not affect z.
/// </summary>
public sealed class MaskedBlur : ILinearOperator, IMatrixRows
{
    private readonly BlurDownsample _blur;
    private readonly Mask _mask;
    private readonly MaskGate _gate;
    private readonly Tensor _masked;

    /// <summary>Creates the operator for one image shape.</summary>
    /// <param name="device">The device that runs it.</param>
    /// <param name="kernel">The blur H.</param>
    /// <param name="stride">The distance between measured pixels.</param>
    /// <param name="imageShape">The shape of x, (N, C, H, W).</param>
    /// <param name="mask">The measurements that exist, on the grid of one measured plane.</param>
    /// <param name="boundary">How the blur extends an image beyond its edges.</param>
    /// <exception cref="InputException">
    /// The mask does not have the size of the measurement, the stride does not divide the image size, or the kernel is
    /// larger than the image.
    /// </exception>
    public MaskedBlur(
        Device device, BlurKernel kernel, int stride, Shape imageShape, Mask mask,
        Boundary boundary = Boundary.Periodic)
    {
        _blur = new BlurDownsample(device, kernel, stride, imageShape, boundary);
        Shape grid = _blur.MeasurementShape;
        if (mask.Height != grid.H || mask.Width != grid.W)
        {
            _blur.Dispose();
            throw new InputException(
                $"{mask.Name}: a mask of {mask.Width}x{mask.Height} does not fit a measurement of {grid.W}x{grid.H}: " +
                "give it the size of the measurement")
            {
                Parameter = nameof(mask),
            };
        }

        _mask = mask;
        _gate = new MaskGate(device, mask.Kept, grid);
        _masked = device.Allocate(grid);
    }

    /// <inheritdoc/>
    public Device Device => _blur.Device;

    /// <summary>The measurements that exist.</summary>
    public Mask Mask => _mask;

    /// <inheritdoc/>
    public Shape ImageShape => _blur.ImageShape;

    /// <inheritdoc/>
    public Shape MeasurementShape => _blur.MeasurementShape;

    /// <inheritdoc/>
    public Boundary Boundary => _blur.Boundary;

    /// <summary>That of the blur if nothing is missing.</summary>
    public GramStructure Gram => _mask.KeptCount == _mask.Kept.Length
        ? _blur.Gram
        : new UnstructuredGram("measurements are missing, so that A Aᵀ is not a periodic convolution");

    /// <inheritdoc/>
    public Shape GramBlock => _blur.GramBlock;

    /// <inheritdoc/>
    public LocalModel Local => field ??= _blur.Local with { Mask = _mask };

    /// <summary>The same blur with the middle of the mask; null if nothing is kept there.</summary>
    public ILinearOperator? OfSize(Shape imageShape)
    {
        Shape whole = Shape.Matrix(_mask.Height, _mask.Width);
        Shape grid = Device.BlurOutput(
            imageShape, Shape.Matrix(_blur.Kernel.Height, _blur.Kernel.Width), _blur.Stride, Boundary);
        bool[] kept = MiddleOfPlanes.Of(_mask.Kept, whole, Shape.Matrix(grid.H, grid.W));
        return kept.Contains(true)
            ? new MaskedBlur(
                Device, _blur.Kernel, _blur.Stride, imageShape, new Mask(grid.H, grid.W, kept, _mask.Name), Boundary)
            : null;
    }

    /// <inheritdoc/>
    public int MostEntries => _blur.MostEntries;

    /// <inheritdoc/>
    public void Apply(Tensor x, Tensor y)
    {
        _blur.Apply(x, y);
        Keep(y, y);
    }

    /// <inheritdoc/>
    public void Adjoint(Tensor y, Tensor x)
    {
        Keep(y, _masked);
        _blur.Adjoint(_masked, x);
    }

    /// <summary>e = M y − scale·A q: what y contains for missing measurements has no effect. e may be y.</summary>
    public void Residual(Tensor y, Tensor q, Tensor e, float scale = 1)
    {
        _blur.Residual(y, q, e, scale);
        Keep(e, e);
    }

    /// <summary>z = q + scale·Aᵀ w; z may be q.</summary>
    public void AddAdjoint(Tensor q, float scale, Tensor w, Tensor z)
    {
        Keep(w, _masked);
        _blur.AddAdjoint(q, scale, _masked, z);
    }

    /// <summary>result = value where a measurement exists, else 0. result may be value.</summary>
    public void Keep(Tensor value, Tensor result) => _gate.Keep(value, result);

    /// <inheritdoc/>
    public void AppendRow(int measurement, List<(int Pixel, double Weight)> entries)
    {
        if (_mask.Kept[measurement])
        {
            _blur.AppendRow(measurement, entries);
        }
    }

    /// <summary>Frees the kernel, the mask and the workspace.</summary>
    public void Dispose()
    {
        _gate.Dispose();
        _masked.Dispose();
        _blur.Dispose();
    }
}
