namespace InfAdmm.Kernels.Cuda;

/// <summary>How a CUDA device computes.</summary>
public sealed record CudaOptions
{
    /// <summary>Which GPU, from 0.</summary>
    public int Ordinal { get; init; }

    /// <summary>The arithmetic of convolutions and matrix products.</summary>
    public CudaPrecision Precision { get; init; } = CudaPrecision.Fp32;

    /// <summary>False to compute with the hand-written kernels alone, even where cuDNN, cuBLAS and cuFFT are there.</summary>
    public bool UseLibraries { get; init; } = true;
}

/// <summary>The arithmetic of convolutions and matrix products; tensors hold float32 in any case.</summary>
public enum CudaPrecision
{
    /// <summary>Full float32.</summary>
    Fp32,

    /// <summary>Factors rounded to 10 bits of mantissa, on tensor cores: relative errors near 10⁻³.</summary>
    Tf32,

    /// <summary>
    /// Factors rounded to half precision, on tensor cores, sums in float32: magnitudes up to 65,504. So are matrix
    /// products and the forward convolutions of cuDNN, whose results are rounded too; gradients, transposed convolutions and the
    /// kernels of our own stay in float32.
    /// </summary>
    Fp16,
}
