using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Nn.Autograd;

namespace InfAdmm.Nn.Layers;

/// <summary>
/// Transposed convolution: the exact adjoint of the <see cref="Conv2d"/> with the same weights (Cin, Cout, Kh, Kw),
/// stride and padding. The output side is size·stride with 'SAME' padding, and (size − 1)·stride + kernel with 'VALID'.
/// </summary>
public sealed class ConvTranspose2d : Layer
{
    private readonly Parameter _weight;
    private readonly Parameter? _bias;
    private readonly int _stride;
    private readonly Padding _padding;
    private readonly Activation _activation;
    private readonly int? _inputSide;

    /// <summary>Creates the layer from existing parameters.</summary>
    /// <param name="weight">The weights, (Cin, Cout, Kh, Kw).</param>
    /// <param name="bias">The bias, (1, Cout, 1, 1); null for none.</param>
    /// <param name="stride">The upsampling factor.</param>
    /// <param name="padding">How the adjoint convolution pads the border.</param>
    /// <param name="activation">The activation of the output.</param>
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

    /// <summary>Creates the layer with parameters 0; <see cref="HeNormal"/> initializes them.</summary>
    /// <param name="device">The device that holds it.</param>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernelSize">Height and width of the kernel.</param>
    /// <param name="stride">The upsampling factor.</param>
    /// <param name="padding">How the adjoint convolution pads the border.</param>
    /// <param name="activation">The activation of the output.</param>
    /// <param name="bias">Whether the layer has a bias.</param>
    /// <param name="inputSide">
    /// Height and width of the input that the weights are initialized for: with 'VALID' padding, the outputs near the
    /// border are sums of fewer products, which matters if the input is small. Null for a large input.
    /// </param>
    public ConvTranspose2d(
        Device device, int inChannels, int outChannels, int kernelSize, int stride = 1, Padding padding = Padding.Same,
        Activation activation = Activation.None, bool bias = true, int? inputSide = null)
        : this(
            new Parameter(device, new Shape(inChannels, outChannels, kernelSize, kernelSize)),
            bias ? new Parameter(device, new Shape(1, outChannels, 1, 1)) : null, stride, padding, activation)
    {
        _inputSide = inputSide;
    }

    /// <inheritdoc/>
    public override Variable Forward(Variable x)
    {
        Shape output = Output(x.Shape);
        Conv2dSpec spec = _padding.ToSpec(output, _weight.Shape, _stride);
        return Functional.ConvTranspose2d(x, _weight, _bias, spec, output, _activation);
    }

    /// <inheritdoc/>
    public override NetworkNode Trace(NetworkNode x)
    {
        Shape output = Output(x.Shape);
        Conv2dSpec spec = _padding.ToSpec(output, _weight.Shape, _stride);
        return x.ConvTranspose2d(HostWeights.Of(_weight, _bias), spec, output, _activation);
    }

    /// <summary>
    /// Each output is a sum over the kernel taps of one phase of the stride; with 'VALID' padding, over fewer near the
    /// border: on average, n·k taps for (n − 1)·s + k outputs in each direction.
    /// </summary>
    internal override void Initialize(ulong seed, ulong stream)
    {
        Shape shape = _weight.Shape;
        double taps = _padding == Padding.Valid && _inputSide is { } side
            ? Taps(side, shape.H) * Taps(side, shape.W)
            : (double)shape.PlaneSize / (_stride * _stride);
        HeNormal.Fill(_weight, shape.N * taps, _activation, seed, stream);
        HeNormal.Clear(_bias);
    }

    private double Taps(int side, int kernel) => (double)side * kernel / ((side - 1) * _stride + kernel);

    private Shape Output(Shape x) => _padding == Padding.Valid
        ? new Shape(
            x.N, _weight.Shape.C, (x.H - 1) * _stride + _weight.Shape.H, (x.W - 1) * _stride + _weight.Shape.W)
        : new Shape(x.N, _weight.Shape.C, x.H * _stride, x.W * _stride);
}
