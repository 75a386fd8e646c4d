using InfAdmm.Engine;
using InfAdmm.Nn.Networks;

namespace InfAdmm.Imaging.Tasks;

/// <summary>The kind and size of a network that is the prior of a task.</summary>
public abstract record PriorDesign
{
    /// <summary>Both sides of an image must be multiples of it.</summary>
    public abstract int Factor { get; }

    /// <summary>
    /// The side of the images if the network takes one size only; null for any multiple of the factor.
    /// </summary>
    public virtual int? OnlySide => null;

    /// <summary>Makes the network for a task, with weights of zero.</summary>
    /// <param name="device">Where it lives.</param>
    /// <param name="task">Gives the shape of the measurement.</param>
    /// <param name="channels">Channels of the images.</param>
    public abstract Prior Create(Device device, ImageTask task, int channels);

    /// <summary>The smallest shape that the network takes and an image fits into.</summary>
    public Shape Extended(Shape image) => image with { H = Multiple(image.H), W = Multiple(image.W) };

    /// <summary>Why the network cannot take images of a shape, or null if it can.</summary>
    public string? WhyNot(Shape image) => OnlySide is { } side && (image.H, image.W) != (side, side)
        ? $"the network takes images of {side}x{side} only, this one has {image.H}x{image.W}"
        : null;

    /// <summary>The channels of the measurement at the scale of the network: a large one is unshuffled.</summary>
    private protected int ConditionChannels(ImageTask task, int channels)
    {
        int measured = task.GreyWeights is null ? channels : 1;
        return task.Stride == 1 ? measured * Factor * Factor : measured;
    }

    private int Multiple(int side) => (side + Factor - 1) / Factor * Factor;
}

/// <summary><see cref="ResidualPrior"/>, the library's own network.</summary>
/// <param name="Factor">The side of the squares of pixels that become one.</param>
/// <param name="Width">Channels between the layers.</param>
/// <param name="Depth">Layers between the first and the last.</param>
public sealed record ResidualDesign(int Factor, int Width, int Depth) : PriorDesign
{
    /// <inheritdoc/>
    public override int Factor { get; } = Factor;

    /// <inheritdoc/>
    public override Prior Create(Device device, ImageTask task, int channels) =>
        new ResidualPrior(device, Factor, channels, ConditionChannels(task, channels), Width, Depth);
}

/// <summary><see cref="PixelShuffleAutoEncoder"/>, the paper's Table 2 or 3.</summary>
/// <param name="Factor">The side of the squares of pixels that become one: 4 in Table 2, 2 in Table 3.</param>
public sealed record PixelShuffleDesign(int Factor) : PriorDesign
{
    /// <inheritdoc/>
    public override int Factor { get; } = Factor;

    /// <inheritdoc/>
    public override Prior Create(Device device, ImageTask task, int channels) =>
        new PixelShuffleAutoEncoder(device, Factor, channels, ConditionChannels(task, channels));
}

/// <summary><see cref="MnistAutoEncoder"/>, the paper's Table 1.</summary>
public sealed record MnistDesign : PriorDesign
{
    /// <inheritdoc/>
    public override int Factor => MnistAutoEncoder.Side;

    /// <inheritdoc/>
    public override int? OnlySide => MnistAutoEncoder.Side;

    /// <inheritdoc/>
    public override Prior Create(Device device, ImageTask task, int channels) => new MnistAutoEncoder(device);
}
