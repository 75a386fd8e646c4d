using InfAdmm.Solvers.Operators;

namespace InfAdmm.Imaging.Tasks;

public static partial class ImageTasks
{
    /// <summary>Super-resolution by 4, separately for each channel.</summary>
    public static ImageTask SuperResolution { get; } = new()
    {
        Name = "sr4",
        Kernel = BlurKernel.Gaussian(3, 1),
        Stride = 4,
        Start = new BicubicStart(),

        // The largest depth within the cost of Table 2.
        DefaultPrior = new ResidualDesign(Factor: 4, Width: 64, Depth: 12),
        PaperPrior = new PixelShuffleDesign(Factor: 4),

        // Tuned on training images of CUB-200-2011.
        TotalVariation = new(Weight: 3.5e-4, Rho: 0.06),
        Denoising = new(Noise: 0.0032, First: 0.1, Last: 0.03, Iterations: 12),
    };
}
