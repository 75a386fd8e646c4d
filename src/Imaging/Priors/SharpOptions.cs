using InfAdmm.Engine;
using InfAdmm.Nn.Features;

namespace InfAdmm.Imaging.Priors;

/// <summary>
/// The weights of equation (13): the training loss is λ_r times the distance of pixels, plus λ_f times that of features, minus
/// λ_a log D. The distances are means over elements.
/// </summary>
public sealed record SharpOptions
{
    /// <summary>λ_r, the weight of the distance of pixels.</summary>
    public double PixelWeight { get; init; } = 1;

    /// <summary>λ_f, the weight of the distance of features; 0 for none.</summary>
    public double FeatureWeight { get; init; } = 0.01;

    /// <summary>λ_a, the weight of the discriminator's doubt; 0 for none.</summary>
    public double AdversarialWeight { get; init; }

    /// <summary>
    /// How much the images to learn from are sharpened: this times what a Gaussian of standard deviation
    /// <see cref="SharpeningRadius"/> removes is added to them, as for Real-ESRGAN (Wang et al., ICCV workshops 2021). The mean
    /// of all images that fit a measurement has less contrast than any of them, and this gives it back. 0 for none.
    /// </summary>
    public double Sharpening { get; init; }

    /// <summary>The standard deviation of the Gaussian of <see cref="Sharpening"/>, in pixels.</summary>
    public static double SharpeningRadius => 1;

    private const int LeastSide = 8;

    /// <summary>The comparator C; may be null if <see cref="FeatureWeight"/> is 0. The caller keeps ownership.</summary>
    public FeatureNetwork? Comparator { get; init; }

    /// <summary>The layers of the comparator (<see cref="FeatureNetwork.Forward"/>).</summary>
    public IReadOnlyList<int> FeatureLayers { get; init; } = [1, 3, 5];

    /// <summary>The learning rate of the discriminator, constant as in DCGAN.</summary>
    public float DiscriminatorRate { get; init; } = 2e-4f;

    /// <summary>The decay rate β₁ of the discriminator's Adam, as in DCGAN.</summary>
    public float DiscriminatorBeta1 { get; init; } = 0.5f;

    /// <summary>Checks the weights.</summary>
    /// <param name="batch">The shape of a batch of images.</param>
    /// <exception cref="InputException">A weight or a layer makes no sense, or the batch does not fit.</exception>
    public void Check(Shape batch)
    {
        if (!(PixelWeight >= 0 && FeatureWeight >= 0 && AdversarialWeight >= 0 && PixelWeight + FeatureWeight > 0))
        {
            throw new InputException("the weights of a loss are numbers from 0, and that of pixels or of features is above 0")
            {
                Parameter = "lambda-r",
            };
        }

        if (Math.Min(batch.H, batch.W) < LeastSide)
        {
            throw new InputException(
                $"images are shifted by some pixels before they are compared: choose crops of {LeastSide} pixels or more")
            {
                Parameter = "crop",
            };
        }

        if (!(Sharpening >= 0 && double.IsFinite(Sharpening)))
        {
            throw new InputException("the images to learn from are sharpened by a number from 0") { Parameter = "sharpen" };
        }

        if (FeatureWeight == 0)
        {
            return;
        }

        if (Comparator is null)
        {
            throw new InputException("features are compared by a trained network, and none was given");
        }

        if (batch.C != 3)
        {
            throw new InputException("features are those of colour pictures, and the images are grey: choose the weight 0")
            {
                Parameter = "lambda-f",
            };
        }

        Comparator.CheckLayers(FeatureLayers);
        if (Comparator.WhyNot(batch, FeatureLayers) is { } reason)
        {
            throw new InputException(reason) { Parameter = "crop" };
        }
    }

    /// <summary>Describes in one line everything that determines the result.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"pixels {PixelWeight}, features {FeatureWeight} ({Comparator?.Name} {Comparator?.Fingerprint} {string.Join("+", FeatureLayers)}), ") +
        FormattableString.Invariant(
            $"adversarial {AdversarialWeight} (rate {DiscriminatorRate}, beta {DiscriminatorBeta1})") +
        (Sharpening > 0 ? FormattableString.Invariant($", sharpened by {Sharpening}") : "");
}
