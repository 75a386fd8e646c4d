using InfAdmm.Engine;
using InfAdmm.Nn.Networks;

namespace InfAdmm.Imaging.Tasks;

/// <summary>The kind and size of the prior network of a task.</summary>
public abstract record PriorDesign
{
    /// <summary>Both sides of an image must be multiples of this factor.</summary>
    public abstract int Factor { get; }

    /// <summary>
    /// The side of the images if the network takes only one size; null if it takes any multiple of the factor.
    /// </summary>
    public virtual int? OnlySide => null;

    /// <summary>Creates the network for a task, with weights 0.</summary>
    /// <param name="device">The device that holds it.</param>
    /// <param name="task">The task, which defines the shape of the measurement.</param>
    /// <param name="channels">The channels of the images.</param>
    /// <param name="uses">
    /// The number of uses with their own running statistics, for a network with batch normalization
    /// (<see cref="Nn.Layers.BatchNorm2d"/>).
    /// </param>
    public abstract Prior Create(Device device, ImageTask task, int channels, int uses = 1);

    /// <summary>Returns the smallest shape that the network takes and that contains an image.</summary>
    public Shape Extended(Shape image) => image with { H = Multiple(image.H), W = Multiple(image.W) };

    /// <summary>Returns why the network cannot take images of a shape; null if it can.</summary>
    public string? WhyNot(Shape image) => OnlySide is { } side && (image.H, image.W) != (side, side)
        ? $"the network takes images of {side}x{side} only, this one has {image.W}x{image.H}"
        : null;

    /// <summary>
    /// The channels of the measurement at the resolution of the network; a larger measurement is unshuffled.
    /// </summary>
    private protected int ConditionChannels(ImageTask task, int channels)
    {
        int measured = task.GreyWeights is null ? channels : 1;
        return task.Stride == 1 ? measured * Factor * Factor : measured;
    }

    private int Multiple(int side) => (side + Factor - 1) / Factor * Factor;
}

/// <summary><see cref="ResidualPrior"/>, the library's own network.</summary>
/// <param name="Factor">The unshuffling factor.</param>
/// <param name="Width">The channels between the layers.</param>
/// <param name="Depth">The number of layers between the first and the last.</param>
public sealed record ResidualDesign(int Factor, int Width, int Depth) : PriorDesign
{
    /// <inheritdoc/>
    public override int Factor { get; } = Factor;

    /// <inheritdoc/>
    public override Prior Create(Device device, ImageTask task, int channels, int uses = 1) =>
        new ResidualPrior(device, Factor, channels, ConditionChannels(task, channels), Width, Depth);
}

/// <summary>
/// An unconditional <see cref="ResidualPrior"/>: a denoiser that is told the noise level, but not the measurement.
/// </summary>
/// <param name="Factor">The unshuffling factor.</param>
/// <param name="Width">The channels between the layers.</param>
/// <param name="Depth">The number of layers between the first and the last.</param>
public sealed record DenoiserDesign(int Factor, int Width, int Depth) : PriorDesign
{
    /// <summary>The design of the built-in denoisers.</summary>
    public static DenoiserDesign Default { get; } = new(Factor: 2, Width: 48, Depth: 10);

    /// <inheritdoc/>
    public override int Factor { get; } = Factor;

    /// <inheritdoc/>
    public override Prior Create(Device device, ImageTask task, int channels, int uses = 1) =>
        new ResidualPrior(device, Factor, channels, conditionChannels: 0, Width, Depth);
}

/// <summary><see cref="PixelShuffleAutoEncoder"/>, the network of the paper's Table 2 or 3.</summary>
/// <param name="Factor">The unshuffling factor: 4 in Table 2, 2 in Table 3.</param>
public sealed record PixelShuffleDesign(int Factor) : PriorDesign
{
    /// <inheritdoc/>
    public override int Factor { get; } = Factor;

    /// <inheritdoc/>
    public override Prior Create(Device device, ImageTask task, int channels, int uses = 1) =>
        new PixelShuffleAutoEncoder(device, Factor, channels, ConditionChannels(task, channels), uses: uses);
}

/// <summary><see cref="MnistAutoEncoder"/>, the network of the paper's Table 1.</summary>
public sealed record MnistDesign : PriorDesign
{
    /// <inheritdoc/>
    public override int Factor => MnistAutoEncoder.Side;

    /// <inheritdoc/>
    public override int? OnlySide => MnistAutoEncoder.Side;

    /// <inheritdoc/>
    public override Prior Create(Device device, ImageTask task, int channels, int uses = 1) => new MnistAutoEncoder(device);
}
