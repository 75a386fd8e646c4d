using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Layers;

namespace InfAdmm.Nn.Networks;

/// <summary>
/// The pixel-shuffling denoising auto-encoder of the paper's Tables 2 and 3. The image x is unshuffled by a factor f,
/// passes six 4×4 'SAME' convolutions, c·f² → 128 → 64 → 32 → 64 → 128 → c·f², and is shuffled back. Each convolution
/// has batch normalization, which replaces the bias, and a ReLU. A conditional network concatenates the measurement y
/// to the 32 channels in the middle. The network is fully convolutional: it takes any image whose sides are multiples
/// of f. As a prior it uses the estimate v and, if it is conditional, the measurement y.
/// <para>
/// Table 2, super-resolution ×4: f = 4, and y has 3 channels at a quarter of the size. For deblurring y has full size;
/// it is unshuffled too and adds 48 channels. Table 3: f = 2, and y has half the size.
/// </para>
/// </summary>
public sealed class PixelShuffleAutoEncoder : Prior
{
    private readonly int _factor;
    private readonly int _channels;
    private readonly int _conditionChannels;
    private readonly ConvolutionBlock[] _encoder;
    private readonly ConvolutionBlock[] _decoder;

    /// <summary>Creates the network with weights 0; <see cref="Prior.Initialize(ulong)"/> draws random ones.</summary>
    /// <param name="device">The device that holds it.</param>
    /// <param name="factor">The unshuffling factor f: 4 in Table 2, 2 in Table 3.</param>
    /// <param name="channels">The channels c of the image.</param>
    /// <param name="conditionChannels">
    /// The channels that y adds in the middle: its channel count if it has 1/f of the image's size, f² times that if it
    /// has the full size; 0 for an unconditional network.
    /// </param>
    /// <param name="lastRelu">Whether the last layer has a ReLU, as published; it then has no negative outputs.</param>
    /// <param name="uses">The number of uses in one pass with their own running statistics (<see cref="BatchNorm2d"/>).</param>
    public PixelShuffleAutoEncoder(
        Device device, int factor, int channels = 3, int conditionChannels = 0, bool lastRelu = true,
        int uses = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(conditionChannels);
        _factor = factor;
        _channels = channels;
        _conditionChannels = conditionChannels;
        int packed = channels * factor * factor;
        Activation last = lastRelu ? Activation.Relu : Activation.None;
        _encoder =
        [
            Register("encode0", new ConvolutionBlock(device, packed, 128, Activation.Relu, uses)),
            Register("encode1", new ConvolutionBlock(device, 128, 64, Activation.Relu, uses)),
            Register("encode2", new ConvolutionBlock(device, 64, 32, Activation.Relu, uses)),
        ];
        _decoder =
        [
            Register("decode2", new ConvolutionBlock(device, 32 + conditionChannels, 64, Activation.Relu, uses)),
            Register("decode1", new ConvolutionBlock(device, 64, 128, Activation.Relu, uses)),
            Register("decode0", new ConvolutionBlock(device, 128, packed, last, uses)),
        ];
    }

    /// <inheritdoc/>
    public override int Factor => _factor;

    /// <inheritdoc/>
    public override bool IsConditional => _conditionChannels > 0;

    /// <summary>G(x): returns the denoised image, of the shape of x.</summary>
    /// <exception cref="ShapeException">x does not fit the network, or the network needs a condition.</exception>
    public Variable Forward(Variable x)
    {
        CheckShapes(x.Shape, condition: null);
        return Decode(Encode(x));
    }

    /// <summary>G(x, y): returns the denoised image, of the shape of x, given the measurement y.</summary>
    /// <exception cref="ShapeException">x or y does not fit the network.</exception>
    public Variable Forward(Variable x, Variable y)
    {
        CheckShapes(x.Shape, y.Shape);
        Variable condition = IsFullSize(x.Shape, y.Shape) ? Functional.PixelUnshuffle(y, _factor) : y;
        return Decode(Functional.Concat(Encode(x), condition));
    }

    /// <inheritdoc/>
    public override Variable Forward(Variable v, Variable y, Variable level) =>
        _conditionChannels == 0 ? Forward(v) : Forward(v, y);

    /// <summary>The function of <see cref="Forward(Variable)"/> in evaluation mode, as a network description.</summary>
    /// <exception cref="ShapeException">x does not fit the network, or the network needs a condition.</exception>
    public NetworkNode Trace(NetworkNode x)
    {
        CheckShapes(x.Shape, condition: null);
        return Decode(Encode(x));
    }

    /// <summary>
    /// The function of <see cref="Forward(Variable, Variable)"/> in evaluation mode, as a network description.
    /// </summary>
    /// <exception cref="ShapeException">x or y does not fit the network.</exception>
    public NetworkNode Trace(NetworkNode x, NetworkNode y)
    {
        CheckShapes(x.Shape, y.Shape);
        NetworkNode condition = IsFullSize(x.Shape, y.Shape) ? y.PixelUnshuffle(_factor) : y;
        return Decode(Encode(x).Concat(condition));
    }

    /// <inheritdoc/>
    public override NetworkNode Trace(NetworkNode v, NetworkNode y, NetworkNode level) =>
        _conditionChannels == 0 ? Trace(v) : Trace(v, y);

    private Variable Encode(Variable x) =>
        _encoder.Aggregate(Functional.PixelUnshuffle(x, _factor), (value, layer) => layer.Forward(value));

    private Variable Decode(Variable code) =>
        Functional.PixelShuffle(_decoder.Aggregate(code, (value, layer) => layer.Forward(value)), _factor);

    private NetworkNode Encode(NetworkNode x) =>
        _encoder.Aggregate((NetworkNode)x.PixelUnshuffle(_factor), (value, layer) => layer.Trace(value));

    private PixelShuffleNode Decode(NetworkNode code) =>
        _decoder.Aggregate(code, (value, layer) => layer.Trace(value)).PixelShuffle(_factor);

    /// <summary>With f = 1 both sizes are equal, and unshuffling changes nothing.</summary>
    private static bool IsFullSize(Shape x, Shape y) => y.H == x.H && y.W == x.W;

    private void CheckShapes(Shape x, Shape? condition)
    {
        if (x.C != _channels)
        {
            throw new ShapeException($"the network denoises images with {_channels} channels, got {x}");
        }

        Shape packed = x.Downsampled(_factor) with { C = _conditionChannels };
        if (condition is not { } y)
        {
            if (_conditionChannels != 0)
            {
                throw new ShapeException($"for an image {x} the network needs a condition {packed}");
            }

            return;
        }

        Shape joined = IsFullSize(x, y) ? y.Downsampled(_factor) with { C = y.C * _factor * _factor } : y;
        if (joined != packed || _conditionChannels == 0)
        {
            throw new ShapeException(
                $"for an image {x} the network takes a condition {packed}, or one of full size with as many values; " +
                $"got {y}");
        }
    }
}
