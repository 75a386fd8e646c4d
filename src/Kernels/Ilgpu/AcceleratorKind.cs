namespace InfAdmm.Kernels.Ilgpu;

/// <summary>The kind of device that ILGPU compiles its kernels for.</summary>
public enum AcceleratorKind
{
    /// <summary>The best one available: CUDA, then OpenCL on a GPU, then the CPU accelerator.</summary>
    Best,

    /// <summary>ILGPU's emulation of a GPU by CPU threads: for tests and cross-checks, not for speed.</summary>
    Cpu,

    /// <summary>An NVIDIA GPU, through PTX that ILGPU generates.</summary>
    Cuda,

    /// <summary>
    /// Any device whose OpenCL driver supports the generic address space (2.0, or 3.0 with that feature).
    /// </summary>
    OpenCl,
}
