using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda;

/// <summary>The matrix product without cuBLAS (native/matrix_product.cu).</summary>
public sealed partial class CudaDevice
{
    private static readonly TileKernels MatrixProduct = new("matrix_product", "matrix_product");

    /// <summary>c = a·b for row-major matrices a (m × k) and b (k × n), by a hand-written kernel.</summary>
    internal void DirectMatMul(DevicePointer a, DevicePointer b, DevicePointer c, int m, int k, int n)
    {
        bool large = UseLargeTiles(m, n, 1);
        Launch(
            MatrixProduct.Of(large),
            TileShape.Of(large).LaunchInLine(m, n),
            new MatrixProductArguments(a, b, c, m, k, n));
    }

    [KernelArguments("matrix_product_large", "matrix_product_small")]
    private readonly record struct MatrixProductArguments(
        DevicePointer A, DevicePointer B, DevicePointer C, int M, int K, int N);
}
