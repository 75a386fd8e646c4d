using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda;

public sealed partial class CudaDevice
{
    private readonly HashSet<(int Rows, int Inner, int Columns)> _products = [];

    /// <remarks>
    /// cuBLAS is column-major: to it, a row-major matrix is its transpose, and cᵀ = bᵀ·aᵀ. Its kernels are loaded at
    /// their first use, so each shape runs once outside of any capture.
    /// </remarks>
    protected override void MatMulCore(Tensor a, Tensor b, Tensor c)
    {
        (int rows, int inner, int columns) = (a.Shape.H, a.Shape.W, b.Shape.W);
        if (_libraries.Cublas is not { } handle)
        {
            DirectMatMul(Address(a), Address(b), Address(c), rows, inner, columns);
            return;
        }

        if (!_products.Contains((rows, inner, columns)))
        {
            BeginLibraryPlan($"a product of {rows}x{inner} and {inner}x{columns}");
            long factor = Math.Max((long)rows, columns) * inner * sizeof(float);
            using CudaBuffer trial = Temporary(factor + (long)rows * columns * sizeof(float) + 256);
            DevicePointer product = trial.Address.Plus((factor + 255) / 256 * 256);
            Multiply(handle, trial.Address, trial.Address, product, rows, inner, columns);
            _products.Add((rows, inner, columns));
        }

        if (!IsDry)
        {
            MakeCurrent();
            Multiply(handle, Address(a), Address(b), Address(c), rows, inner, columns);
        }
    }

    private void Multiply(
        CublasHandle handle, DevicePointer a, DevicePointer b, DevicePointer c, int rows, int inner, int columns)
    {
        CublasComputeType type = Precision switch
        {
            CudaPrecision.Tf32 => CublasComputeType.Float32FastTf32,
            CudaPrecision.Fp16 => CublasComputeType.Float32Fast16,
            _ => CublasComputeType.Float32Pedantic,
        };
        Cublas.Check(Cublas.cublasGemmEx(
            handle, CublasOperation.None, CublasOperation.None, columns, rows, inner, 1,
            b, CublasDataType.Real32, columns, a, CublasDataType.Real32, inner, 0,
            c, CublasDataType.Real32, columns, type, Cublas.DefaultAlgorithm));
    }
}
