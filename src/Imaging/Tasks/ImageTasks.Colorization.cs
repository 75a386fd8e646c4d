using InfAdmm.Imaging.Datasets;
using InfAdmm.Imaging.Metrics;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Imaging.Tasks;

public static partial class ImageTasks
{
    /// <summary>Joint super-resolution by 2 and colourisation of a grey measurement.</summary>
    public static ImageTask Colorization { get; } = new()
    {
        Name = "color-sr2",
        Kernel = BlurKernel.Gaussian(3, 1),
        Stride = 2,
        GreyWeights = Luma.Weights,
        Channels = 3,
        Start = new BicubicStart(),

        // The largest depth within the cost of Table 3.
        DefaultPrior = new ResidualDesign(Factor: 2, Width: 64, Depth: 9),
        PaperPrior = new PixelShuffleDesign(Factor: 2),

        // Photographs have a fixed vertical direction, such as a blue sky at the top: images are not rotated.
        Augmentation = Augmentation.Mirror,

        // Tuned on training images of CUB-200-2011.
        TotalVariation = new(Weight: 1.2e-4, Rho: 0.1),
        Denoising = new(Noise: 0.0032, First: 0.1, Last: 0.03, Iterations: 12),
    };
}
