namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Threads that several CPU devices share, so that together they do not start more than the machine has cores. Each
/// device is used from a thread of its own. An op of one device runs on all of these threads if no other device does at
/// that moment, otherwise on its caller's thread alone; results are the same.
/// </summary>
public sealed class CpuThreads : IDisposable
{
    /// <summary>Starts the threads; each op also uses the thread that calls it.</summary>
    /// <param name="options">The options; null for one thread per core with the default settings.</param>
    /// <exception cref="ArgumentException">A core does not exist, or this process may not use it.</exception>
    public CpuThreads(CpuThreadOptions? options = null)
    {
        CpuThreadOptions chosen = options ?? new CpuThreadOptions();
        ArgumentOutOfRangeException.ThrowIfNegative(chosen.Count, nameof(options));
        foreach (int core in chosen.Cores)
        {
            ThreadAffinity.Check(core);
        }

        Pool = new WorkerPool(chosen.Count == 0 ? Environment.ProcessorCount : chosen.Count, chosen);
    }

    /// <summary>The number of threads that share an op, including its caller.</summary>
    public int Count => Pool.Count;

    internal WorkerPool Pool { get; }

    /// <summary>Binds the calling thread to a core, for as long as it runs. Only on Linux and Windows.</summary>
    /// <param name="core">The core, numbered from 0 as by the operating system.</param>
    /// <exception cref="ArgumentException">The core does not exist, or this process may not use it.</exception>
    public static void PinCaller(int core)
    {
        ThreadAffinity.Check(core);
        ThreadAffinity.Bind(core);
    }

    /// <summary>Ends the threads. Dispose the devices first.</summary>
    public void Dispose() => Pool.Dispose();
}
