using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda;

/// <summary>
/// Substitution with one block of 1024 threads per system and 32 unknowns at a time (native/triangular.cu): reads m²/2
/// floats per system.
/// </summary>
public sealed partial class CudaDevice
{
    private const int TriangularThreads = 1024;

    private static readonly KernelId SolveTriangularKernel = new("triangular", "solve_triangular");

    /// <inheritdoc/>
    protected override void SolveTriangularCore(Tensor factor, bool transposed, Tensor b, Tensor x)
    {
        int size = factor.Shape.W;
        Launch(
            SolveTriangularKernel,
            new LaunchShape(x.Count / size, BlockX: TriangularThreads),
            new TriangularArguments(Address(factor), Address(b), Address(x), size, transposed ? 1 : 0));
    }

    [KernelArguments("solve_triangular")]
    private readonly record struct TriangularArguments(
        DevicePointer Factor, DevicePointer B, DevicePointer X, int Size, int Transposed);
}
