namespace InfAdmm.Kernels.Cuda.Interop;

/// <summary>The return value of the driver functions (CUresult): the values that the backend distinguishes.</summary>
internal enum DriverStatus
{
    /// <summary>CUDA_SUCCESS.</summary>
    Success = 0,

    /// <summary>CUDA_ERROR_OUT_OF_MEMORY.</summary>
    OutOfMemory = 2,

    /// <summary>CUDA_ERROR_NOT_READY.</summary>
    NotReady = 600,
}
