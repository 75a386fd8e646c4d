namespace InfAdmm.Kernels.Cpu;

/// <summary>How the threads of CPU devices run.</summary>
public sealed record CpuThreadOptions
{
    /// <summary>The number of threads that share an op, including its caller; 0 for one per core.</summary>
    public int Count { get; init; }

    /// <summary>
    /// The priority of the threads. On Linux, .NET ignores it: use <c>nice</c> or <c>chrt</c> for the process.
    /// </summary>
    public ThreadPriority Priority { get; init; } = ThreadPriority.Normal;

    /// <summary>
    /// The cores that the threads run on, one after the other, numbered from 0 as by the operating system; none for any
    /// core. The thread of the caller stays where it is. Only on Linux and Windows.
    /// </summary>
    public IReadOnlyList<int> Cores { get; init; } = [];

    /// <summary>
    /// How long a thread without work watches for the next op before it sleeps. Waking a thread takes some 50 µs; a
    /// thread that watches keeps its core busy. Null for a few tenths of a millisecond.
    /// </summary>
    public TimeSpan? Watch { get; init; }
}
