using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Imaging.Tasks;

/// <summary>
/// An image task of MATH.md §9: how a measurement comes from an image, y = A x + n, with a periodic boundary.
/// <see cref="TaskOperator"/> is the task for one image shape on a device.
/// </summary>
/// <param name="Name">One of <see cref="Names"/>.</param>
/// <param name="Kernel">The blur.</param>
/// <param name="Stride">The decimation; images are cropped to a multiple of it.</param>
/// <param name="Sigma">The noise's standard deviation σ, for images on [0, 1].</param>
public sealed record ImageTask(string Name, BlurKernel Kernel, int Stride, double Sigma)
{
    /// <summary>Super-resolution of handwritten digits by 4.</summary>
    public const string MnistSuperResolution = "mnist-sr4";

    /// <summary>Super-resolution by 4, each channel alike.</summary>
    public const string SuperResolution = "sr4";

    /// <summary>Deblurring, each channel alike.</summary>
    public const string Deblurring = "deblur";

    /// <summary>Joint super-resolution by 2 and colourisation of a grey measurement.</summary>
    public const string Colorization = "color-sr2";

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [MnistSuperResolution, SuperResolution, Deblurring, Colorization];

    /// <summary>The weights of red, green and blue in a grey measurement; null if each channel is measured alike.</summary>
    public IReadOnlyList<double>? GreyWeights { get; init; }

    /// <summary>The channels that an image must have; null for any.</summary>
    public int? Channels { get; init; }

    /// <summary>
    /// The weight of the Wiener filter that starts the task, tuned on training images of CUB-200-2011 for the noise that
    /// is the task's own, and taken in proportion to σ² for another.
    /// </summary>
    public double WienerWeight => DefaultWienerWeight * Math.Max(Square(Sigma / DefaultSigma), 1e-4);

    /// <summary>The noise of the deblurring task, and the weight that suits it.</summary>
    private const double DefaultSigma = 0.01;

    private const double DefaultWienerWeight = 0.02;

    /// <summary>The task of a name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="kernel">Another blur than the task's own, or null.</param>
    /// <param name="sigma">Another noise than the task's own, or null.</param>
    /// <exception cref="InputException">There is no such task.</exception>
    public static ImageTask Create(string name, BlurKernel? kernel = null, double? sigma = null)
    {
        BlurKernel gaussian = kernel ?? BlurKernel.Gaussian(3, 1);
        return name switch
        {
            MnistSuperResolution => new ImageTask(name, gaussian, 4, sigma ?? 0) { Channels = 1 },
            SuperResolution => new ImageTask(name, gaussian, 4, sigma ?? 0),
            Deblurring => new ImageTask(name, kernel ?? BlurKernel.Motion(9, 30), 1, sigma ?? DefaultSigma),
            Colorization => new ImageTask(name, gaussian, 2, sigma ?? 0)
            {
                Channels = 3,
                GreyWeights = Luma.Weights,
            },
            _ => throw new InputException($"unknown task '{name}': choose from {string.Join(", ", Names)}"),
        };
    }

    /// <summary>Why an image cannot be measured, with the mend, or null if it can.</summary>
    public string? WhyNot(Shape image)
    {
        if (Channels is { } channels && image.C != channels)
        {
            string has = image.C == 1 ? "grey" : "in colour";
            string needs = channels == 1 ? "grey" : "colour";
            return $"the image is {has}, and the task {Name} takes {needs} images: give such a one";
        }

        int height = image.H / Stride * Stride;
        int width = image.W / Stride * Stride;
        if (height == 0 || width == 0)
        {
            return $"an image of {image.H}x{image.W} is too small for the task {Name}: " +
                $"give one of at least {Stride}x{Stride}";
        }

        return Kernel.Height > height || Kernel.Width > width
            ? $"the kernel {Kernel.Name} ({Kernel.Height}x{Kernel.Width}) exceeds an image of {height}x{width}: " +
                "choose a smaller kernel or a larger image"
            : null;
    }

    /// <summary>The shape that an image is cropped to from its top left: a multiple of the stride.</summary>
    public Shape Cropped(Shape image) => image with { H = image.H / Stride * Stride, W = image.W / Stride * Stride };

    /// <summary>The shape of the measurement of a cropped image.</summary>
    public Shape Measured(Shape image)
    {
        Shape measured = image.Downsampled(Stride);
        return GreyWeights is null ? measured : measured with { C = 1 };
    }

    private static double Square(double value) => value * value;
}
