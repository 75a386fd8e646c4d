using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda;

/// <summary>
/// One iteration of conjugate gradients in three launches; α and β are in scratch slot 0, after the partial sums
/// (native/conjugate_gradient.cu). 44 bytes per element, bound by memory.
/// </summary>
public sealed partial class CudaDevice
{
    private static readonly KernelId CurvatureKernel = new("conjugate_gradient", "cg_curvature");
    private static readonly KernelId AdvanceKernel = new("conjugate_gradient", "cg_advance");
    private static readonly KernelId DirectionKernel = new("conjugate_gradient", "cg_direction");

    /// <inheritdoc/>
    protected override void ConjugateGradientStepCore(
        Tensor direction, Tensor image, Tensor solution, Tensor residual, Tensor state)
    {
        int count = direction.Count;
        DevicePointer partial = PartialSums(2);
        var arguments = new ConjugateGradientArguments(
            Address(direction), Address(image), Address(solution), Address(residual), Address(state),
            partial.Plus(sizeof(double) * MaxReductionBlocks), partial, Counter(0), count);
        Launch(CurvatureKernel, ReductionShape(count), arguments);
        Launch(AdvanceKernel, ReductionShape(count), arguments);
        Launch(DirectionKernel, StreamShape(count), arguments);
    }

    [KernelArguments("cg_curvature", "cg_advance", "cg_direction")]
    private readonly record struct ConjugateGradientArguments(
        DevicePointer Direction, DevicePointer Image, DevicePointer Solution, DevicePointer Residual,
        DevicePointer State, DevicePointer Scalars, DevicePointer Partial, DevicePointer Counter, int Count);
}
