namespace InfAdmm.Cli.Archives;

/// <summary>
/// The memory that the pictures in work may take together. Who asks for more than is left waits until others are done; a
/// picture that exceeds the budget is worked on alone.
/// </summary>
/// <param name="bytes">The budget.</param>
internal sealed class MemoryBudget(long bytes)
{
    // Whoever is first waits for memory, and all others for the first: else small pictures would always overtake a large one.
    private readonly object _first = new();
    private readonly object _gate = new();
    private long _taken;
    private long _freed;

    /// <summary>A quarter of the memory of this process, at most 1 GiB.</summary>
    public static MemoryBudget OfThisMachine() =>
        new(Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4, 64L << 20, 1L << 30));

    /// <summary>Does work that needs memory, when it is there.</summary>
    /// <param name="need">The bytes that it needs.</param>
    /// <param name="work">The work.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public void Use(long need, Action work, CancellationToken cancellation)
    {
        long taken = Math.Min(need, bytes);
        using CancellationTokenRegistration wake = cancellation.Register(Wake);
        lock (_first)
        {
            lock (_gate)
            {
                while (_taken + taken > bytes)
                {
                    cancellation.ThrowIfCancellationRequested();
                    Monitor.Wait(_gate);
                }

                _taken += taken;
            }
        }

        try
        {
            work();
        }
        finally
        {
            Free(taken);
        }
    }

    private void Free(long taken)
    {
        bool isMuch;
        lock (_gate)
        {
            _taken -= taken;
            _freed += taken;
            isMuch = _freed > bytes / 2;
            _freed = isMuch ? 0 : _freed;
            Monitor.PulseAll(_gate);
        }

        if (isMuch)
        {
            // The arrays of pictures are large, and would be kept until several times as much is allocated.
            GC.Collect();
        }
    }

    private void Wake()
    {
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }
}
