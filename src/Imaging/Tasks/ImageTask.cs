using InfAdmm.Engine;
using InfAdmm.Imaging.Datasets;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Imaging.Tasks;

/// <summary>
/// An image task (docs/mathematics.md §9), as data: how a measurement is computed from an image, y = A x + n with a
/// periodic boundary, how a restoration starts, and which networks learn its prior. <see cref="ImageTasks"/> lists the
/// built-in tasks; a program may define others. <see cref="TaskOperator"/> is A for one image shape on a device.
/// </summary>
public sealed record ImageTask
{
    /// <summary>The name for users. It is used only in file names, messages and the lookup by name.</summary>
    public required string Name { get; init; }

    /// <summary>The blur kernel.</summary>
    public required BlurKernel Kernel { get; init; }

    /// <summary>The stride of the decimation; images are cropped to a multiple of it.</summary>
    public required int Stride { get; init; }

    /// <summary>The standard deviation σ of the noise, for images in [0, 1].</summary>
    public double Sigma { get; init; }

    /// <summary>
    /// The weights of red, green and blue in a grey measurement; null if each channel is measured separately.
    /// </summary>
    public IReadOnlyList<double>? GreyWeights { get; init; }

    /// <summary>The channels that an image must have; null for any.</summary>
    public int? Channels { get; init; }

    /// <summary>The number of channels of the images that a prior is trained on.</summary>
    public int TrainedChannels => Channels ?? 3;

    /// <summary>How the initial estimate is computed from a measurement.</summary>
    public required ITaskStart Start { get; init; }

    /// <summary>The network of the default architecture.</summary>
    public required PriorDesign DefaultPrior { get; init; }

    /// <summary>The network that the paper uses for this task.</summary>
    public required PriorDesign PaperPrior { get; init; }

    /// <summary>How training images are rotated and mirrored.</summary>
    public Augmentation Augmentation { get; init; } = Augmentation.All;

    /// <summary>The default side of a training crop.</summary>
    public int DefaultCrop { get; init; } = 96;

    /// <summary>The initial values for tuning the parameters of total variation.</summary>
    public required TotalVariationParameters TotalVariation { get; init; }

    /// <summary>The schedule of ADMM with a denoiser as the prior, for the task's own noise.</summary>
    public DenoisingSchedule Denoising { get; init; } = DenoisingSchedule.Default;

    /// <summary>Returns the network of an architecture.</summary>
    public PriorDesign Prior(PriorArchitecture architecture) => architecture switch
    {
        PriorArchitecture.Paper => PaperPrior,
        PriorArchitecture.Denoiser => DenoiserDesign.Default,
        _ => DefaultPrior,
    };

    /// <summary>
    /// Both sides of a training image must be multiples of this: the network's factor and the stride.
    /// </summary>
    public int Multiple(PriorArchitecture architecture)
    {
        int factor = Prior(architecture).Factor;
        int multiple = factor;
        while (multiple % Stride != 0)
        {
            multiple += factor;
        }

        return multiple;
    }

    /// <summary>Whether both are the same task, possibly with another kernel or noise.</summary>
    public bool IsVariantOf(ImageTask other) =>
        Stride == other.Stride && Channels == other.Channels
            && (GreyWeights ?? []).SequenceEqual(other.GreyWeights ?? []);

    /// <summary>Returns the same task with another kernel or noise; null keeps the task's own.</summary>
    public ImageTask With(BlurKernel? kernel, double? sigma) => this with
    {
        Kernel = kernel?.Normalized() ?? Kernel,
        Sigma = sigma ?? Sigma,
        Denoising = sigma is { } other ? Denoising.ForNoise(Sigma, other) : Denoising,
    };

    /// <summary>
    /// The problem that an inverse for the task's z-update must be trained for. A grey measurement multiplies A Aᵀ by
    /// ‖a‖², the norm of its weights, and so does a kernel that is multiplied by ‖a‖.
    /// </summary>
    public InverseProblem InverseProblem(double rho) => new(
        GreyWeights is { } weights ? Kernel.Scaled(ChannelMix.Norm(weights)) : Kernel, Stride, rho);

    /// <summary>Returns why an image cannot be measured and how to fix it; null if it can.</summary>
    public string? WhyNot(Shape image)
    {
        if (Channels is { } channels && image.C != channels)
        {
            string has = image.C == 1 ? "grey" : "in colour";
            string needs = channels == 1 ? "grey" : "colour";
            return $"the image is {has}, the task {Name} needs {needs} images";
        }

        // A multiple of the stride that the kernel fits into.
        int height = (Kernel.Height + Stride - 1) / Stride * Stride;
        int width = (Kernel.Width + Stride - 1) / Stride * Stride;
        return image.H < height || image.W < width
            ? $"an image of {image.W}x{image.H} is too small for the task {Name} with the kernel {Kernel.Name} " +
                $"({Kernel.Width}x{Kernel.Height}): it needs at least {width}x{height}"
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
}
