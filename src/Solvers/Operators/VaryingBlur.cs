using InfAdmm.Engine;

namespace InfAdmm.Solvers.Operators;

/// <summary>
/// y = Σ_i window_i ∘ S(h_i ∗ x), separately on every channel: a blur that varies across the image, then every
/// stride-th pixel (docs/mathematics.md §3; Hirsch et al., "Efficient filter flow for space-variant multiframe blind
/// deconvolution", CVPR 2010). The windows are those of <see cref="KernelField"/>, on the measurement grid.
/// </summary>
public sealed class VaryingBlur : ILinearOperator, IMatrixRows
{
    private readonly TensorScope _scope;
    private readonly VaryingKernels _kernels;
    private readonly float[] _rowWeights;
    private readonly float[] _columnWeights;

    /// <summary>Creates the operator for one image shape.</summary>
    /// <param name="device">The device that runs it.</param>
    /// <param name="field">The kernels at their anchors.</param>
    /// <param name="stride">The distance between measured pixels.</param>
    /// <param name="imageShape">The shape of x, (N, C, H, W).</param>
    /// <param name="boundary">How the blurs extend an image beyond its edges.</param>
    /// <exception cref="InputException">
    /// The stride does not divide the image size (any size is allowed for a valid blur), the kernels are larger than
    /// the image, or there are more anchors than measurements along an axis.
    /// </exception>
    public VaryingBlur(
        Device device, KernelField field, int stride, Shape imageShape, Boundary boundary = Boundary.Periodic)
    {
        BlurDownsample.Check(field.Kernels[0], stride, imageShape, boundary, kernelParameter: "kernels");
        Shape kernel = Shape.Matrix(field.KernelHeight, field.KernelWidth);
        Shape grid = Device.BlurOutput(imageShape, kernel, stride, boundary);
        if (field.WhyNot(grid) is { } reason)
        {
            throw new InputException(reason) { Parameter = "kernels" };
        }

        Device = device;
        Field = field;
        Stride = stride;
        ImageShape = imageShape;
        Boundary = boundary;
        MeasurementShape = grid;
        _rowWeights = KernelField.Weights(field.Rows, grid.H);
        _columnWeights = KernelField.Weights(field.Columns, grid.W);
        float[] kernels = [.. field.Kernels.SelectMany(k => k.Values.ToArray()).Select(value => (float)value)];
        _scope = new TensorScope(device);
        _kernels = new VaryingKernels(
            _scope.Add(device.Allocate(kernel with { N = field.Kernels.Count }, kernels)),
            _scope.Add(device.Allocate(Shape.Matrix(field.Rows, grid.H), _rowWeights)),
            _scope.Add(device.Allocate(Shape.Matrix(field.Columns, grid.W), _columnWeights)),
            _scope.Allocate(grid));
    }

    /// <inheritdoc/>
    public Device Device { get; }

    /// <summary>The kernels at their anchors.</summary>
    public KernelField Field { get; }

    /// <summary>The distance between measured pixels.</summary>
    public int Stride { get; }

    /// <inheritdoc/>
    public Shape ImageShape { get; }

    /// <inheritdoc/>
    public Shape MeasurementShape { get; }

    /// <inheritdoc/>
    public Boundary Boundary { get; }

    /// <inheritdoc/>
    public GramStructure Gram { get; } =
        new UnstructuredGram("the blur varies across the image, so that A Aᵀ is not a periodic convolution");

    /// <inheritdoc/>
    public Shape GramBlock => MeasurementShape with { N = 1, C = 1 };

    /// <inheritdoc/>
    public LocalModel Local => field ??= new LocalModel(Field, Stride, Boundary);

    /// <summary>The same kernels at the same places relative to the image, so that they follow each other faster.</summary>
    public ILinearOperator OfSize(Shape imageShape) => new VaryingBlur(Device, Field, Stride, imageShape, Boundary);

    /// <inheritdoc/>
    public int MostEntries => Field.KernelHeight * Field.KernelWidth;

    /// <inheritdoc/>
    public void Apply(Tensor x, Tensor y) => Device.VaryingBlur(x, _kernels, Stride, Boundary, 1, null, y);

    /// <inheritdoc/>
    public void Adjoint(Tensor y, Tensor x) => Device.VaryingBlurAdjoint(y, _kernels, Stride, Boundary, 1, null, x);

    /// <summary>e = y − scale·A q, in one op; e may be y.</summary>
    public void Residual(Tensor y, Tensor q, Tensor e, float scale = 1) =>
        Device.VaryingBlur(q, _kernels, Stride, Boundary, -scale, y, e);

    /// <summary>z = q + scale·Aᵀ w, in one op; z may be q.</summary>
    public void AddAdjoint(Tensor q, float scale, Tensor w, Tensor z) =>
        Device.VaryingBlurAdjoint(w, _kernels, Stride, Boundary, scale, q, z);

    /// <inheritdoc/>
    public void AppendRow(int measurement, List<(int Pixel, double Weight)> entries)
    {
        // The windows combine the kernels of the anchors around a measured pixel into one.
        int row = measurement / MeasurementShape.W;
        int column = measurement % MeasurementShape.W;
        double[] combined = new double[MostEntries];
        for (int anchor = 0; anchor < Field.Kernels.Count; anchor++)
        {
            double window = (double)_rowWeights[anchor / Field.Columns * MeasurementShape.H + row]
                * _columnWeights[anchor % Field.Columns * MeasurementShape.W + column];
            for (int i = 0; i < combined.Length && window != 0; i++)
            {
                combined[i] += window * Field.Kernels[anchor].Values[i];
            }
        }

        BlurRow.Append(
            combined, Shape.Matrix(Field.KernelHeight, Field.KernelWidth), Stride, Boundary, ImageShape, row, column,
            entries);
    }

    /// <summary>Frees the kernels, the weights and the workspace.</summary>
    public void Dispose() => _scope.Dispose();
}
