namespace InfAdmm.Nn.Features;

/// <summary>
/// How a network that was trained on ImageNet expects its input: channel c is the channel <c>Order[c]</c> of an RGB image in
/// [0, 1], times <c>Scale[c]</c>, plus <c>Shift[c]</c>.
/// </summary>
/// <param name="Order">The channel of the image: 0 red, 1 green, 2 blue.</param>
/// <param name="Scale">The factors.</param>
/// <param name="Shift">The summands.</param>
public sealed record ImageNormalization(IReadOnlyList<int> Order, IReadOnlyList<float> Scale, IReadOnlyList<float> Shift)
{
    /// <summary>That of torchvision's networks: the mean and deviation of ImageNet's pixels.</summary>
    public static ImageNormalization Torchvision { get; } = new(
        [0, 1, 2], [1 / 0.229f, 1 / 0.224f, 1 / 0.225f], [-0.485f / 0.229f, -0.456f / 0.224f, -0.406f / 0.225f]);

    /// <summary>
    /// That of the ResNet of Microsoft.ML.DnnImageFeaturizer: blue, green, red from 0 to 255, minus ImageNet's mean; the
    /// package subtracts a mean picture, whose means over each channel these are.
    /// </summary>
    public static ImageNormalization Cntk { get; } = new(
        [2, 1, 0], [255, 255, 255], [-103.063f, -115.903f, -123.152f]);
}
