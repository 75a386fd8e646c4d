namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The cache sizes that ops are cut for, in bytes: those of AMD Zen 4 (Software Optimization Guide for the AMD Zen4
/// Microarchitecture, publication 57647), on which the kernels were tuned. They are constants and not read from the
/// machine: some sums run over as many elements as fit a cache, and a result must not depend on the processor.
/// </summary>
internal static class CacheSizes
{
    /// <summary>One cache line: 64 bytes on x86-64 and on most Arm64 processors.</summary>
    public const int LineBytes = 64;

    /// <summary>Floats in one cache line.</summary>
    public const int LineFloats = LineBytes / sizeof(float);

    /// <summary>The first-level data cache of a core. Intel's cores have 32 or 48 KiB.</summary>
    public const int FirstLevel = 32 << 10;

    /// <summary>The second-level cache of a core. Zen 3 has half of it, Intel's server cores 1 to 2 MiB.</summary>
    public const int SecondLevel = 1 << 20;

    /// <summary>The last-level cache, shared by the eight cores of one die.</summary>
    public const int LastLevel = 32 << 20;

    /// <summary>Rounds a count of floats up to whole cache lines.</summary>
    public static long Aligned(long floats) => (floats + LineFloats - 1) / LineFloats * LineFloats;
}
