using InfAdmm.Engine;

namespace InfAdmm.Solvers.Operators;

/// <summary>
/// y = S H Σ_c a_c x_c, the grey, blurred and decimated image (docs/mathematics.md §3), factored as (‖a‖ S H)(aᵀ/‖a‖).
/// The second factor times its adjoint is one, so A Aᵀ is that of the first, a <see cref="BlurDownsample"/> of one
/// channel.
/// </summary>
public sealed class MixedBlur : ILinearOperator, IMatrixRows
{
    private readonly ChannelMix _mix;
    private readonly BlurDownsample _blur;
    private readonly double[] _unitWeights;
    private readonly Tensor _plane;

    /// <summary>Creates the operator for one image shape.</summary>
    /// <param name="device">The device that runs it.</param>
    /// <param name="weights">The weights a, one per channel.</param>
    /// <param name="kernel">The blur H.</param>
    /// <param name="stride">The distance between measured pixels.</param>
    /// <param name="imageShape">The shape of x, (N, C, H, W).</param>
    /// <param name="boundary">How the blur extends an image beyond its edges.</param>
    /// <exception cref="InputException">
    /// The stride does not divide the image size, or the kernel is larger than the image.
    /// </exception>
    /// <exception cref="ShapeException">The number of weights differs from the number of channels.</exception>
    public MixedBlur(
        Device device, IReadOnlyList<double> weights, BlurKernel kernel, int stride, Shape imageShape,
        Boundary boundary = Boundary.Periodic)
    {
        double norm = ChannelMix.Norm(weights);
        _unitWeights = [.. weights.Select(weight => weight / norm)];
        _blur = new BlurDownsample(device, kernel.Scaled(norm), stride, imageShape with { C = 1 }, boundary);
        _mix = new ChannelMix(device, weights, imageShape);
        _plane = device.Allocate(_mix.PlaneShape);
    }

    /// <inheritdoc/>
    public Device Device => _blur.Device;

    /// <inheritdoc/>
    public Shape ImageShape => _mix.ImageShape;

    /// <inheritdoc/>
    public Shape MeasurementShape => _blur.MeasurementShape;

    /// <inheritdoc/>
    public Boundary Boundary => _blur.Boundary;

    /// <inheritdoc/>
    public GramStructure Gram => _blur.Gram;

    /// <inheritdoc/>
    public IBlur GramBlur => _blur;

    /// <inheritdoc/>
    public int MostEntries => _unitWeights.Length * _blur.MostEntries;

    /// <inheritdoc/>
    public void Apply(Tensor x, Tensor y)
    {
        _mix.Apply(x, _plane);
        _blur.Apply(_plane, y);
    }

    /// <inheritdoc/>
    public void Adjoint(Tensor y, Tensor x)
    {
        _blur.Adjoint(y, _plane);
        _mix.Adjoint(_plane, x);
    }

    /// <summary>e = y − scale·A q; e may be y.</summary>
    public void Residual(Tensor y, Tensor q, Tensor e, float scale = 1)
    {
        _mix.Apply(q, _plane);
        _blur.Residual(y, _plane, e, scale);
    }

    /// <inheritdoc/>
    public void AppendRow(int measurement, List<(int Pixel, double Weight)> entries)
    {
        var plane = new List<(int Pixel, double Weight)>();
        _blur.AppendRow(measurement, plane);
        for (int c = 0; c < _unitWeights.Length; c++)
        {
            entries.AddRange(plane.Select(entry =>
                (c * ImageShape.PlaneSize + entry.Pixel, _unitWeights[c] * entry.Weight)));
        }
    }

    /// <summary>Frees both factors.</summary>
    public void Dispose()
    {
        _plane.Dispose();
        _mix.Dispose();
        _blur.Dispose();
    }
}
