using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Nn.Autograd;

namespace InfAdmm.Nn.Layers;

/// <summary>
/// Convolution layer with optional bias and fused activation. The weights (Cout, Cin, Kh, Kw) may be shared with a
/// <see cref="ConvTranspose2d"/>, which is then the adjoint of this layer.
/// </summary>
public sealed class Conv2d : Layer
{
    private readonly Parameter _weight;
    private readonly Parameter? _bias;
    private readonly int _stride;
    private readonly Padding _padding;
    private readonly Activation _activation;

    /// <summary>Creates the layer from existing parameters.</summary>
    /// <param name="weight">The weights, (Cout, Cin, Kh, Kw).</param>
    /// <param name="bias">The bias, (1, Cout, 1, 1); null for none.</param>
    /// <param name="stride">The stride, in pixels.</param>
    /// <param name="padding">How the border is padded.</param>
    /// <param name="activation">The activation of the output.</param>
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

    /// <summary>Creates the layer with parameters 0; <see cref="HeNormal"/> initializes them.</summary>
    /// <param name="device">The device that holds it.</param>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernelSize">Height and width of the kernel.</param>
    /// <param name="stride">The stride, in pixels.</param>
    /// <param name="padding">How the border is padded.</param>
    /// <param name="activation">The activation of the output.</param>
    /// <param name="bias">Whether the layer has a bias.</param>
    public Conv2d(
        Device device, int inChannels, int outChannels, int kernelSize, int stride = 1, Padding padding = Padding.Same,
        Activation activation = Activation.None, bool bias = true)
        : this(
            new Parameter(device, new Shape(outChannels, inChannels, kernelSize, kernelSize)),
            bias ? new Parameter(device, new Shape(1, outChannels, 1, 1)) : null, stride, padding, activation)
    {
    }

    /// <inheritdoc/>
    public override Variable Forward(Variable x)
    {
        Conv2dSpec spec = _padding.ToSpec(x.Shape, _weight.Shape, _stride);
        return Functional.Conv2d(x, _weight, _bias, spec, _activation);
    }

    /// <inheritdoc/>
    public override NetworkNode Trace(NetworkNode x)
    {
        Conv2dSpec spec = _padding.ToSpec(x.Shape, _weight.Shape, _stride);
        return x.Conv2d(HostWeights.Of(_weight, _bias), spec, _activation);
    }

    /// <summary>
    /// Multiplies the weights by <paramref name="noise"/> and adds the identity, so that the layer starts close to the
    /// identity.
    /// </summary>
    internal void StartFromIdentity(float noise)
    {
        Shape shape = _weight.Shape;
        float[] values = _weight.Data.ToArray();
        int centre = (shape.H - 1) / 2 * shape.W + (shape.W - 1) / 2;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] *= noise;
        }

        for (int o = 0; o < Math.Min(shape.N, shape.C); o++)
        {
            values[(o * shape.C + o) * shape.PlaneSize + centre] += 1;
        }

        _weight.Data.Device.Upload(values, _weight.Data);
    }

    /// <summary>Multiplies the weights by a factor.</summary>
    internal void ScaleWeights(float factor) => _weight.Data.Device.Scale(factor, _weight.Data, _weight.Data);

    internal override void Initialize(ulong seed, ulong stream)
    {
        Shape shape = _weight.Shape;
        HeNormal.Fill(_weight, terms: shape.C * shape.PlaneSize, _activation, seed, stream);
        HeNormal.Clear(_bias);
    }
}
