using InfAdmm.Engine;
using InfAdmm.Nn.Autograd;

namespace InfAdmm.Nn.Layers;

/// <summary>
/// Transposed convolution: the exact adjoint of the <see cref="Conv2d"/> with the same weights (Cin, Cout, Kh, Kw),
/// stride and padding. With 'SAME' the output has stride times the input's pixels a side, with 'VALID'
/// (size − 1)·stride + kernel.
/// </summary>
public sealed class ConvTranspose2d : Module
{
    private readonly Parameter _weight;
    private readonly Parameter? _bias;
    private readonly int _stride;
    private readonly Padding _padding;
    private readonly Activation _activation;

    /// <summary>Creates the layer over existing parameters.</summary>
    /// <param name="weight">(Cin, Cout, Kh, Kw).</param>
    /// <param name="bias">(1, Cout, 1, 1), or null for none.</param>
    /// <param name="stride">The factor of enlargement.</param>
    /// <param name="padding">How the adjoint convolution treats the edge.</param>
    /// <param name="activation">What is applied to the output.</param>
    public ConvTranspose2d(
        Parameter weight, Parameter? bias = null, int stride = 1, Padding padding = Padding.Same,
        Activation activation = Activation.None)
    {
        _weight = Register("weight", weight);
        _bias = bias is null ? null : Register("bias", bias);
        _stride = stride;
        _padding = padding;
        _activation = activation;
    }

    /// <inheritdoc/>
    public override Variable Forward(Variable x)
    {
        Shape weights = _weight.Shape;
        Shape output = _padding == Padding.Valid
            ? new Shape(
                x.Shape.N, weights.C, (x.Shape.H - 1) * _stride + weights.H, (x.Shape.W - 1) * _stride + weights.W)
            : new Shape(x.Shape.N, weights.C, x.Shape.H * _stride, x.Shape.W * _stride);
        Conv2dSpec spec = _padding.ToSpec(output, weights, _stride);
        return Functional.ConvTranspose2d(x, _weight, _bias, spec, output, _activation);
    }
}
