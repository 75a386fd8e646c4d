namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Divides the scratch of one op into regions: reserve them all, request the total from the device, then add the
/// offsets to its address.
/// </summary>
internal struct ScratchLayout
{
    /// <summary>Floats reserved so far.</summary>
    public long Length { get; private set; }

    /// <summary>Reserves a region that starts on a cache line; returns its offset in floats.</summary>
    public long Reserve(long floats)
    {
        long start = Length;
        Length += CacheSizes.Aligned(floats);
        return start;
    }

    /// <summary>Reserves a table of byte offsets.</summary>
    public unsafe long ReserveOffsets(long count) => Reserve(count * sizeof(nint) / sizeof(float));
}
