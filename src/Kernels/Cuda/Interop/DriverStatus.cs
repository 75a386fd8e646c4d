namespace InfAdmm.Kernels.Cuda.Interop;

/// <summary>What a function of the driver returns (CUresult): the values that are told apart here.</summary>
internal enum DriverStatus
{
    /// <summary>CUDA_SUCCESS.</summary>
    Success = 0,

    /// <summary>CUDA_ERROR_OUT_OF_MEMORY.</summary>
    OutOfMemory = 2,
}
