using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda;

/// <summary>
/// The sums over the channels of a gradient: 4 bytes per element, bound by memory (native/bias_gradient.cu).
/// </summary>
public sealed partial class CudaDevice
{
    private static readonly KernelId BiasGradientKernel = new("bias_gradient", "bias_gradient");

    /// <inheritdoc/>
    protected override void Conv2dBackwardBiasCore(Tensor gy, Tensor gb)
    {
        Shape shape = gy.Shape;
        LaunchShape launch = ChannelSumsShape(shape);
        var arguments = new BiasGradientArguments(
            Address(gy), Address(gb), PartialChannelSums(launch, shape.C, 1), Counter(0), ChannelLayout.Of(shape));
        Launch(BiasGradientKernel, launch, arguments);
    }

    /// <summary>
    /// The launch shape of sums over channels: channels along y of the grid, and the blocks of a channel along x, each
    /// with 4096 elements at a time (native/channel_sums.cuh).
    /// </summary>
    private static LaunchShape ChannelSumsShape(Shape shape)
    {
        const int Chunk = 4096;
        long chunks = ((long)shape.N * shape.PlaneSize + Chunk - 1) / Chunk;
        int maxBlocks = Math.Max(1, MaxReductionBlocks / shape.C);
        return new LaunchShape((int)Math.Min(chunks, maxBlocks), Math.Min(shape.C, MaxBlocksAlongY));
    }

    /// <summary>Memory for the given number of sums, as doubles, for each channel and block.</summary>
    private DevicePointer PartialChannelSums(LaunchShape launch, int channels, int sums) =>
        Scratch(0, (long)sizeof(double) * sums * launch.GridX * channels);

    [KernelArguments("bias_gradient")]
    private readonly record struct BiasGradientArguments(
        DevicePointer Gy, DevicePointer Gb, DevicePointer Partial, DevicePointer Counter, ChannelLayout Layout);
}
