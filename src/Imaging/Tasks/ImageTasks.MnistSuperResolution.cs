using InfAdmm.Imaging.Datasets;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Imaging.Tasks;

public static partial class ImageTasks
{
    /// <summary>Super-resolution of handwritten digits by 4.</summary>
    public static ImageTask MnistSuperResolution { get; } = new()
    {
        Name = "mnist-sr4",
        Kernel = BlurKernel.Gaussian(3, 1),
        Stride = 4,
        Channels = 1,
        Start = new BicubicStart(),

        // The largest depth within the cost of Table 1.
        DefaultPrior = new ResidualDesign(Factor: 4, Width: 48, Depth: 6),
        PaperPrior = new MnistDesign(),

        // A mirrored or rotated digit is no longer a digit.
        Augmentation = Augmentation.None,
        DefaultCrop = 28,

        // Tuned on training digits.
        TotalVariation = new(Weight: 3.5e-4, Rho: 0.06),
        Denoising = new(Noise: 0.0032, First: 0.2, Last: 0.1, Iterations: 12),
    };
}
