namespace InfAdmm.Kernels.Cuda;

/// <summary>The options of a CUDA device.</summary>
public sealed record CudaOptions
{
    /// <summary>The number of the GPU, from 0.</summary>
    public int Ordinal { get; init; }

    /// <summary>The precision of convolutions and matrix products.</summary>
    public CudaPrecision Precision { get; init; } = CudaPrecision.Fp32;

    /// <summary>False to use only the hand-written kernels, even if cuDNN, cuBLAS and cuFFT are available.</summary>
    public bool UseLibraries { get; init; } = true;
}

/// <summary>The precision of convolutions and matrix products. Tensors are always float32.</summary>
public enum CudaPrecision
{
    /// <summary>Full float32.</summary>
    Fp32,

    /// <summary>
    /// TF32 on tensor cores: factors are rounded to 10 bits of mantissa. Relative errors are about 10⁻³.
    /// </summary>
    Tf32,

    /// <summary>
    /// Half precision on tensor cores with sums in float32; magnitudes up to 65,504. Used for matrix products and the
    /// forward convolutions of cuDNN, whose results are rounded to half precision too. Gradients, transposed
    /// convolutions and the hand-written kernels use float32.
    /// </summary>
    Fp16,
}
