using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Layers;

namespace InfAdmm.Nn.Networks;

/// <summary>
/// The denoising auto-encoder of the paper's Table 1, for digits (N, 1, 28, 28) in [0, 1]. The encoder reduces the side
/// from 28 to 14, 7, 2 and 1 pixel, with a code of 64 values; the decoder mirrors it. Every layer has a bias and a
/// ReLU, except the code, which is linear, and the last layer, which has a sigmoid. As a prior it uses only the
/// estimate v.
/// </summary>
public sealed class MnistAutoEncoder : Prior
{
    /// <summary>Height and width of the images.</summary>
    public const int Side = 28;

    private readonly Layer[] _layers;

    /// <summary>Creates the network with weights 0; <see cref="Prior.Initialize(ulong)"/> draws random ones.</summary>
    /// <param name="device">The device that holds it.</param>
    public MnistAutoEncoder(Device device)
    {
        const Activation Relu = Activation.Relu;
        const Activation Sigmoid = Activation.Sigmoid;
        const Padding Valid = Padding.Valid;
        _layers =
        [
            Register("encode0", new Conv2d(device, 1, 32, kernelSize: 5, stride: 2, activation: Relu)),
            Register("encode1", new Conv2d(device, 32, 64, kernelSize: 5, stride: 2, activation: Relu)),
            Register("encode2", new Conv2d(device, 64, 128, kernelSize: 5, stride: 2, Valid, Relu)),
            Register("encode3", new Conv2d(device, 128, 64, kernelSize: 2, stride: 1, Valid)),
            Register("decode3", new ConvTranspose2d(
                device, 64, 128, kernelSize: 3, stride: 1, Valid, Relu, inputSide: 1)),
            Register("decode2", new ConvTranspose2d(
                device, 128, 64, kernelSize: 5, stride: 1, Valid, Relu, inputSide: 3)),
            Register("decode1", new ConvTranspose2d(device, 64, 32, kernelSize: 5, stride: 2, activation: Relu)),
            Register("decode0", new ConvTranspose2d(device, 32, 1, kernelSize: 5, stride: 2, activation: Sigmoid)),
        ];
    }

    /// <inheritdoc/>
    public override int Factor => Side;

    /// <inheritdoc/>
    public override bool IsConditional => false;

    /// <summary>Returns the denoised digits, of the shape of x.</summary>
    /// <exception cref="ShapeException">x is not (N, 1, 28, 28).</exception>
    public Variable Forward(Variable x)
    {
        CheckDigits(x.Shape);
        return _layers.Aggregate(x, (value, layer) => layer.Forward(value));
    }

    /// <inheritdoc/>
    public override Variable Forward(Variable v, Variable y, Variable level) => Forward(v);

    /// <summary>The function of <see cref="Forward(Variable)"/> as a network description.</summary>
    /// <exception cref="ShapeException">x is not (N, 1, 28, 28).</exception>
    public NetworkNode Trace(NetworkNode x)
    {
        CheckDigits(x.Shape);
        return _layers.Aggregate(x, (value, layer) => layer.Trace(value));
    }

    /// <inheritdoc/>
    public override NetworkNode Trace(NetworkNode v, NetworkNode y, NetworkNode level) => Trace(v);

    private static void CheckDigits(Shape shape)
    {
        Shape expected = new(shape.N, 1, 28, 28);
        if (shape != expected)
        {
            throw new ShapeException($"{nameof(MnistAutoEncoder)} needs digits of {expected}, got {shape}");
        }
    }
}
