using InfAdmm.Engine;
using InfAdmm.Nn.Autograd;

namespace InfAdmm.Nn.Layers;

/// <summary>
/// Convolution layer with optional bias and fused ReLU. The weights (Cout, Cin, Kh, Kw) may be shared with a
/// <see cref="ConvTranspose2d"/>, which then is this layer's adjoint.
/// </summary>
public sealed class Conv2d : Module
{
    private readonly Parameter _weight;
    private readonly Parameter? _bias;
    private readonly int _stride;
    private readonly Padding _padding;
    private readonly Activation _activation;

    /// <summary>Creates the layer over existing parameters.</summary>
    /// <param name="weight">(Cout, Cin, Kh, Kw).</param>
    /// <param name="bias">(1, Cout, 1, 1), or null for none.</param>
    /// <param name="stride">The step between outputs.</param>
    /// <param name="padding">How the edge is treated.</param>
    /// <param name="activation">What is applied to the output.</param>
    public Conv2d(
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
        Conv2dSpec spec = _padding.ToSpec(x.Shape, _weight.Shape, _stride);
        return Functional.Conv2d(x, _weight, _bias, spec, _activation);
    }
}
