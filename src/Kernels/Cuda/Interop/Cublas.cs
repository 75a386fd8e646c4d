using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using InfAdmm.Engine;
using Microsoft.Win32.SafeHandles;

namespace InfAdmm.Kernels.Cuda.Interop;

/// <summary>The functions of cuBLAS 11 to 13 that the backend calls, with their native names.</summary>
internal static partial class Cublas
{
    /// <summary>CUBLAS_GEMM_DEFAULT: the library chooses.</summary>
    public const int DefaultAlgorithm = -1;

    /// <summary>Throws unless the call succeeded.</summary>
    /// <exception cref="DeviceException">
    /// The call failed; the message has the call, the status and the text of cuBLAS.
    /// </exception>
    public static void Check(int status, [CallerArgumentExpression(nameof(status))] string call = "")
    {
        if (status != 0)
        {
            throw LibraryFailure.Of(call, status, Marshal.PtrToStringUTF8(cublasGetStatusString(status)));
        }
    }

    [LibraryImport(NativeLibraries.Cublas)]
    public static partial nint cublasGetStatusString(int status);

    [LibraryImport(NativeLibraries.Cublas)]
    public static partial int cublasCreate_v2(out CublasHandle handle);

    [LibraryImport(NativeLibraries.Cublas)]
    public static partial int cublasDestroy_v2(nint handle);

    [LibraryImport(NativeLibraries.Cublas)]
    public static partial int cublasGetVersion_v2(CublasHandle handle, out int version);

    [LibraryImport(NativeLibraries.Cublas)]
    public static partial int cublasSetStream_v2(CublasHandle handle, nint streamId);

    [LibraryImport(NativeLibraries.Cublas)]
    public static partial int cublasSetWorkspace_v2(
        CublasHandle handle, DevicePointer workspace, nuint workspaceSizeInBytes);

    [LibraryImport(NativeLibraries.Cublas)]
    public static partial int cublasSetMathMode(CublasHandle handle, CublasMath mode);

    [LibraryImport(NativeLibraries.Cublas)]
    public static partial int cublasGemmEx(
        CublasHandle handle, CublasOperation transa, CublasOperation transb, int m, int n, int k, in float alpha,
        DevicePointer a, CublasDataType aType, int lda, DevicePointer b, CublasDataType bType, int ldb, in float beta,
        DevicePointer c, CublasDataType cType, int ldc, CublasComputeType computeType, int algo);
}

/// <summary>cublasHandle_t.</summary>
internal sealed class CublasHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle() => Cublas.cublasDestroy_v2(handle) == 0;
}

/// <summary>cublasOperation_t.</summary>
internal enum CublasOperation
{
    None = 0,
}

/// <summary>cublasMath_t.</summary>
internal enum CublasMath
{
    Default = 0,
    Pedantic = 2,
}

/// <summary>cudaDataType_t.</summary>
internal enum CublasDataType
{
    Real32 = 0,
}

/// <summary>cublasComputeType_t.</summary>
internal enum CublasComputeType
{
    Float32Pedantic = 69,
    Float32Fast16 = 74,
    Float32FastTf32 = 77,
}
