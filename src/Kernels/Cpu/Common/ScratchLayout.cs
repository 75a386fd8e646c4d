namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Cuts one op's scratch into regions: reserve them all, ask the device for the total, then add the offsets.
/// </summary>
internal struct ScratchLayout
{
    /// <summary>Floats reserved so far.</summary>
    public long Length { get; private set; }

    /// <summary>Reserves a region that starts on a cache line; returns where.</summary>
    public long Reserve(long floats)
    {
        long start = Length;
        Length += CacheSizes.Aligned(floats);
        return start;
    }

    /// <summary>Reserves a table of so many byte offsets.</summary>
    public unsafe long ReserveOffsets(long count) => Reserve(count * sizeof(nint) / sizeof(float));
}
