namespace InfAdmm.Kernels.Ilgpu;

/// <summary>What ILGPU compiles its kernels for.</summary>
public enum AcceleratorKind
{
    /// <summary>The best there is: CUDA, then OpenCL on a GPU, then the CPU accelerator.</summary>
    Best,

    /// <summary>ILGPU's own threads on the CPU: for tests and second opinions, not for speed.</summary>
    Cpu,

    /// <summary>An NVIDIA GPU, by PTX of ILGPU's own.</summary>
    Cuda,

    /// <summary>Any device with an OpenCL driver that has a generic address space (OpenCL 2.0, or 3.0 with it).</summary>
    OpenCl,
}
