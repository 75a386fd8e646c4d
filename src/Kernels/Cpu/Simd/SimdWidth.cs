namespace InfAdmm.Kernels.Cpu;

/// <summary>The vector width of a CPU device.</summary>
public enum SimdWidth
{
    /// <summary>No vectors: one float at a time.</summary>
    Scalar = 32,

    /// <summary>128 bits: SSE or NEON.</summary>
    Bits128 = 128,

    /// <summary>256 bits: AVX2 with FMA.</summary>
    Bits256 = 256,

    /// <summary>512 bits: AVX-512F.</summary>
    Bits512 = 512,
}
