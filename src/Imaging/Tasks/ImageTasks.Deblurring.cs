using InfAdmm.Solvers.Operators;

namespace InfAdmm.Imaging.Tasks;

public static partial class ImageTasks
{
    /// <summary>Deblurring, separately for each channel.</summary>
    public static ImageTask Deblurring { get; } = new()
    {
        Name = "deblur",
        Kernel = BlurKernel.Motion(9, 30),
        Stride = 1,
        Sigma = 0.01,

        // Tuned on training images of CUB-200-2011, like the parameters of total variation below.
        Start = new WienerStart(Weight: 0.02, Sigma: 0.01),

        // A factor of 2 preserves small details; the depth is the largest within the cost of Table 3.
        DefaultPrior = new ResidualDesign(Factor: 2, Width: 32, Depth: 13),
        PaperPrior = new PixelShuffleDesign(Factor: 4),
        TotalVariation = new(Weight: 3e-3, Rho: 0.03),
    };
}
