namespace InfAdmm.Kernels.Cpu;

/// <summary>The operands of one <see cref="MicroKernel{S, V}"/> call.</summary>
internal unsafe struct MicroTile
{
    /// <summary>The weights, [depth][rows].</summary>
    public float* Weights;

    /// <summary>The offset of step k from each source, in bytes.</summary>
    public nint* Offsets;

    /// <summary>The number of steps.</summary>
    public int Depth;

    /// <summary>The bias of each row.</summary>
    public float* Bias;

    /// <summary>Whether negative results are replaced by 0.</summary>
    public bool Relu;

    /// <summary>
    /// The source of the first vector. Each vector has its own pointer, since they need not be contiguous.
    /// </summary>
    public float* Source0;

    /// <summary>See <see cref="Source0"/>.</summary>
    public float* Source1;

    /// <summary>See <see cref="Source0"/>.</summary>
    public float* Source2;

    /// <summary>The destination of the first vector in the first row.</summary>
    public float* Target0;

    /// <summary>See <see cref="Target0"/>.</summary>
    public float* Target1;

    /// <summary>See <see cref="Target0"/>.</summary>
    public float* Target2;

    /// <summary>Floats from one row of the target to the next.</summary>
    public nint TargetPitch;
}
