using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Layers;

namespace InfAdmm.Nn.Networks;

/// <summary>
/// The default prior of this library: x = v + correction(v, y, level). The image v is unshuffled by a factor f and
/// concatenated with the measurement y, unshuffled too if it has full size, and with the level map. An unconditional
/// prior ignores y. Then follow 3×3
/// convolutions, c·f² + y + 1 → width → … → width → c·f², all with a bias and all except the last with a ReLU. The
/// result is shuffled back and added to v. The network is fully convolutional: it takes any image whose sides are
/// multiples of f.
/// <para>
/// The layers in the middle start as the identity plus small noise (Zagoruyko and Komodakis, "DiracNets", 2017): they
/// train like residual blocks, but need no addition at inference. The last layer starts with small weights, so that
/// the untrained network is close to the identity, and ADMM with it starts no worse than its initial estimate.
/// </para>
/// </summary>
public sealed class ResidualPrior : Prior
{
    private const int KernelSize = 3;
    private const float NoiseBesideIdentity = 0.3f;
    private const float FirstCorrection = 0.03f;

    private readonly int _factor;
    private readonly int _channels;
    private readonly int _conditionChannels;
    private readonly Conv2d _head;
    private readonly Conv2d[] _middle;
    private readonly Conv2d _tail;

    /// <summary>Creates the network with weights 0; <see cref="Initialize(ulong)"/> draws random ones.</summary>
    /// <param name="device">The device that holds it.</param>
    /// <param name="factor">The unshuffling factor f.</param>
    /// <param name="channels">The channels c of the image.</param>
    /// <param name="conditionChannels">
    /// The channels of y if it has 1/f of the image's size; f² times that if it has the full size; 0 for an
    /// unconditional prior.
    /// </param>
    /// <param name="width">The channels between the layers.</param>
    /// <param name="depth">The number of layers between the first and the last.</param>
    public ResidualPrior(
        Device device, int factor, int channels, int conditionChannels, int width = 64, int depth = 12)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(conditionChannels);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(depth);
        _factor = factor;
        _channels = channels;
        _conditionChannels = conditionChannels;
        int packed = channels * factor * factor;
        _head = Register("head", Layer(packed + conditionChannels + 1, width, Activation.Relu));
        _middle =
        [
            .. Enumerable.Range(0, depth).Select(i => Register($"middle{i}", Layer(width, width, Activation.Relu))),
        ];
        _tail = Register("tail", Layer(width, packed, Activation.None));

        Conv2d Layer(int from, int to, Activation activation) =>
            new(device, from, to, KernelSize, activation: activation);
    }

    /// <inheritdoc/>
    public override int Factor => _factor;

    /// <inheritdoc/>
    public override bool IsConditional => _conditionChannels > 0;

    /// <inheritdoc/>
    public override void Initialize(ulong seed)
    {
        base.Initialize(seed);
        foreach (Conv2d layer in _middle)
        {
            layer.StartFromIdentity(NoiseBesideIdentity);
        }

        _tail.ScaleWeights(FirstCorrection);
    }

    /// <inheritdoc/>
    public override Variable Forward(Variable v, Variable y, Variable level)
    {
        CheckShapes(v.Shape, y.Shape, level.Shape);
        Variable joined = Functional.PixelUnshuffle(v, _factor);
        if (_conditionChannels > 0)
        {
            Variable condition = IsFullSize(v.Shape, y.Shape) ? Functional.PixelUnshuffle(y, _factor) : y;
            joined = Functional.Concat(joined, condition);
        }

        joined = Functional.Concat(joined, level);
        Variable features = _middle.Aggregate(_head.Forward(joined), (value, layer) => layer.Forward(value));
        return Functional.Combine(1, v, 1, Functional.PixelShuffle(_tail.Forward(features), _factor));
    }

    /// <inheritdoc/>
    public override NetworkNode Trace(NetworkNode v, NetworkNode y, NetworkNode level)
    {
        CheckShapes(v.Shape, y.Shape, level.Shape);
        NetworkNode joined = v.PixelUnshuffle(_factor);
        if (_conditionChannels > 0)
        {
            joined = joined.Concat(IsFullSize(v.Shape, y.Shape) ? y.PixelUnshuffle(_factor) : y);
        }

        joined = joined.Concat(level);
        NetworkNode features = _middle.Aggregate(_head.Trace(joined), (value, layer) => layer.Trace(value));
        return _tail.Trace(features).PixelShuffle(_factor).Add(v);
    }

    private static bool IsFullSize(Shape image, Shape y) => y.H == image.H && y.W == image.W;

    private void CheckShapes(Shape v, Shape y, Shape level)
    {
        if (v.C != _channels)
        {
            throw new ShapeException($"the prior takes images with {_channels} channels, got {v}");
        }

        Shape packed = v.Downsampled(_factor);
        Shape condition = IsFullSize(v, y) ? y.Downsampled(_factor) with { C = y.C * _factor * _factor } : y;
        if (_conditionChannels > 0 && condition != packed with { C = _conditionChannels })
        {
            throw new ShapeException(
                $"for an image {v} the prior takes a measurement {packed with { C = _conditionChannels }}, or one of " +
                $"full size with as many values; got {y}");
        }

        if (level != packed with { C = 1 })
        {
            throw new ShapeException(
                $"for an image {v} the level must have shape {packed with { C = 1 }}, got {level}");
        }
    }
}
